import { brandClass } from "./brand.ts";

/**
 * The codes of an evaluation detail with reason `ERROR` (contract §3.1). A minor version may add codes: keep a `default` in a
 * `switch`.
 */
export type EvaluationErrorCode =
  | "CLIENT_NOT_READY"
  | "CLIENT_CLOSED"
  | "TYPE_MISMATCH"
  | "VARIATION_NOT_FOUND"
  | "PREREQUISITE_DEPTH"
  | "EVALUATION_FAILED";

/**
 * The kind of an error, for programs to compare: those of evaluations, and those of thrown errors. A minor version may add
 * codes: keep a `default` in a `switch`.
 */
export type ErrorCode =
  | EvaluationErrorCode
  | "CONFIGURATION"
  | "INITIALIZATION"
  | "REQUEST_FAILED"
  | "STORE_FAILED"
  | "INVALID_PAYLOAD";

/**
 * The base class of all errors of this package (contract §7). The message never contains the SDK key. `instanceof` holds
 * across several copies of this package.
 *
 * @example
 * ```ts
 * import { FeatureflipError } from "@featureflip/sdk";
 *
 * const error = new FeatureflipError("CLIENT_CLOSED", "This client is closed");
 * console.log(error.code); // "CLIENT_CLOSED"
 * ```
 *
 * @typeParam Code The codes that it may have.
 */
export class FeatureflipError<Code extends ErrorCode = ErrorCode> extends Error {
  static {
    brandClass(this, "FeatureflipError");
  }

  /** The name of the class. */
  override readonly name: string = "FeatureflipError";

  /** The kind of this error. */
  declare readonly code: Code;

  /**
   * Creates an error with a code.
   *
   * @param code The kind of this error.
   * @param message What failed, and what to do.
   * @param options `cause`: the error that caused this one.
   */
  constructor(code: Code, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
