/**
 * The kind of an error, for programs to compare.
 *
 * The first six are codes of an evaluation detail with reason `ERROR` (contract §3.1), the others of thrown errors.
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
 * The base class of all errors of this package (contract §7). The message never contains the SDK key.
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

  /** The kind of this error. */
  declare readonly code: ErrorCode;

  /**
   * Creates an error with a code.
   *
   * @param code The kind of this error.
   * @param message What failed, and what to do.
   * @param options `cause`: the error that caused this one.
   */
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
