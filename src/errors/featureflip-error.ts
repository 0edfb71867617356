/**
 * What went wrong, in one word that programs can compare.
 *
 * The first six come with an evaluation detail whose reason is `ERROR` (contract §3.1), the others with errors that are
 * thrown.
 */
export type ErrorCode =
  | "CLIENT_NOT_READY"
  | "CLIENT_CLOSED"
  | "TYPE_MISMATCH"
  | "VARIATION_NOT_FOUND"
  | "PREREQUISITE_DEPTH"
  | "EVALUATION_FAILED"
  | "CONFIGURATION"
  | "INITIALIZATION"
  | "REQUEST_FAILED"
  | "STORE_FAILED"
  | "INVALID_PAYLOAD"
  | "NOT_A_TEST_CLIENT";

/**
 * The base of every error this package makes (contract §7). Its messages never contain the SDK key.
 *
 * @example
 * ```ts
 * import { FeatureflipError } from "@featureflip/sdk";
 *
 * const error = new FeatureflipError("CLIENT_CLOSED", "This client is closed");
 * console.log(error.code); // "CLIENT_CLOSED"
 * ```
 */
export class FeatureflipError extends Error {
  /** The name of the class. */
  override readonly name: string = "FeatureflipError";

  /** Which kind of failure this is. */
  declare readonly code: ErrorCode;

  /**
   * Makes an error.
   *
   * @param code Which kind of failure this is.
   * @param message What happened, and what would be right.
   * @param options `cause`: the error behind this one.
   */
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
