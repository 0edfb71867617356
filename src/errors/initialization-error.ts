import { brandClass } from "./brand.ts";
import { FeatureflipError } from "./featureflip-error.ts";

/**
 * Why a client has no flags. A minor version may add reasons: keep a `default` in a `switch`.
 *
 * - `KEY_REJECTED`: the service rejects the SDK key. Waiting does not help; a deployment should stop.
 * - `TIMEOUT`: no flags arrived in time, and no attempt has failed for another reason.
 * - `REFUSED`: the flags could not be loaded: the request failed, or the payload was refused. See `cause`.
 * - `CLOSED`: the client was closed, before or during the wait.
 */
export type InitializationErrorReason = "KEY_REJECTED" | "TIMEOUT" | "REFUSED" | "CLOSED";

/**
 * The first flags did not arrive within `initTimeout`, or the service rejected the SDK key (contract §4). The client serves
 * defaults meanwhile, keeps trying, and recovers by itself.
 *
 * @example
 * ```ts
 * import { FeatureflipClient, InitializationError } from "@featureflip/sdk";
 *
 * const client = new FeatureflipClient({ sdkKey: "sdk-dev-abc123", baseUrl: "http://127.0.0.1:9", initTimeout: 500 });
 * try {
 *   await client.waitForInitialization();
 * } catch (error) {
 *   if (error instanceof InitializationError && error.reason === "KEY_REJECTED") throw error;
 * }
 * await client.close();
 * ```
 */
export class InitializationError extends FeatureflipError<"INITIALIZATION"> {
  static {
    brandClass(this, "InitializationError");
  }

  /** The name of the class. */
  override readonly name: string = "InitializationError";

  /** Why there are no flags. */
  declare readonly reason: InitializationErrorReason;

  /**
   * Creates an error about a client without flags.
   *
   * @param reason Why there are no flags.
   * @param message The same for people.
   * @param options `cause`: the error that caused this one.
   */
  constructor(reason: InitializationErrorReason, message: string, options?: { readonly cause?: unknown }) {
    super("INITIALIZATION", message, options);
    this.reason = reason;
  }
}
