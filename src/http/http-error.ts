import { FeatureflipError } from "../errors/featureflip-error.ts";

/** What the client needs to know of a failed call (contract §1). */
export interface HttpFailure {
  /** The answer's status; `undefined` when there was none (network error, time-out, a body that is no JSON). */
  readonly status?: number | undefined;
  /** Whether the service rejected the SDK key: 401, or 403 with a JSON body. Everything else is transient. */
  readonly keyRejected?: boolean;
  /** How long the server asks to wait, in ms from the answer, at most 10 minutes; 429 without `Retry-After` gives 30,000. */
  readonly retryAfter?: number | undefined;
}

/** A call to the Evaluation API that did not succeed. */
export class HttpError extends FeatureflipError implements HttpFailure {
  override readonly name: string = "HttpError";
  declare readonly status: number | undefined;
  declare readonly keyRejected: boolean;
  declare readonly retryAfter: number | undefined;

  constructor(message: string, { status, keyRejected = false, retryAfter }: HttpFailure = {}) {
    super("REQUEST_FAILED", message);
    this.status = status;
    this.keyRejected = keyRejected;
    this.retryAfter = retryAfter;
  }
}

/** Whether an error says that the service rejected the SDK key. */
export function isKeyRejected(error: unknown): boolean {
  return error instanceof HttpError && error.keyRejected;
}
