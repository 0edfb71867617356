import { brandClass } from "./brand.ts";
import { FeatureflipError } from "./featureflip-error.ts";

/** What a client needs to know about a failed request (contract §1). */
export interface HttpFailure {
  /** The response's status; `undefined` without a usable response (network error, timeout, a body that is not JSON). */
  readonly status?: number | undefined;
  /** Whether the service rejected the SDK key: 401, or 403 with a JSON body. `false` by default. */
  readonly keyRejected?: boolean;
  /** The wait that the server asks for, in ms from the response, at most 10 minutes; 30,000 for a 429 that names none. */
  readonly retryAfter?: number | undefined;
}

/**
 * A request to the Evaluation API failed. `refresh()` rejects with it; it is the `cause` of an {@linkcode
 * InitializationError}, and in `client.status.lastError`.
 *
 * @example
 * ```ts
 * import { FeatureflipClient, RequestError } from "@featureflip/sdk";
 *
 * const client = new FeatureflipClient({ sdkKey: "sdk-dev-abc123", baseUrl: "http://127.0.0.1:9", mode: "manual" });
 * try {
 *   await client.refresh();
 * } catch (error) {
 *   if (error instanceof RequestError) console.log(error.status); // undefined: no response
 * }
 * await client.close();
 * ```
 */
export class RequestError extends FeatureflipError<"REQUEST_FAILED"> {
  static {
    brandClass(this, "RequestError");
  }

  /** The name of the class. */
  override readonly name: string = "RequestError";

  /** The response's status; `undefined` without a usable response (network error, timeout, a body that is not JSON). */
  declare readonly status: number | undefined;

  /** Whether the service rejected the SDK key: 401, or 403 with a JSON body (contract §1). Other failures are transient. */
  declare readonly keyRejected: boolean;

  /** The wait that the server asks for, in ms from the response, at most 10 minutes; `undefined` if it names none. */
  declare readonly retryAfter: number | undefined;

  /**
   * Creates an error about a failed request.
   *
   * @param message What failed, and what to do.
   * @param failure Status, rejection and wait.
   */
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
