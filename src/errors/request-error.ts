import { FeatureflipError } from "./featureflip-error.ts";

/** What the client needs to know about a failed call (contract §1). */
export interface HttpFailure {
  /** The response's status; `undefined` without a usable response (network error, time-out, a body that is not JSON). */
  readonly status?: number | undefined;
  /** Whether the service rejected the SDK key: 401, or 403 with a JSON body. Everything else is transient. `false` by default. */
  readonly keyRejected?: boolean;
  /** The wait that the server asks for, in ms from the response, at most 10 minutes; 30,000 for a 429 that names none. */
  readonly retryAfter?: number | undefined;
}

/** A failed call to the Evaluation API. */
export class RequestError extends FeatureflipError implements HttpFailure {
  override readonly name: string = "RequestError";
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

/** Whether an error means that the service rejected the SDK key. */
export function isKeyRejected(error: unknown): boolean {
  return error instanceof RequestError && error.keyRejected;
}
