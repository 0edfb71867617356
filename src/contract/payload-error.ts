import { brandClass } from "../errors/brand.ts";
import { FeatureflipError } from "../errors/featureflip-error.ts";
import { kindOf, quote } from "../errors/format.ts";

/** A payload that violates a type of the contract. Nothing of it is applied (contract §2.1). */
export class PayloadError extends FeatureflipError<"INVALID_PAYLOAD"> {
  static {
    brandClass(this, "PayloadError");
  }

  /** The name of the class. */
  override readonly name: string = "PayloadError";

  /** The path of the value, such as `flags[3].rules[0].serve.type`; empty for the payload itself. */
  declare readonly path: string;

  /** What is allowed there and what was found. */
  declare readonly problem: string;

  /**
   * Creates an error.
   *
   * @param path The path of the value.
   * @param problem What is allowed there and what was found.
   */
  constructor(path: string, problem: string) {
    super("INVALID_PAYLOAD", `${path === "" ? "the payload" : path} ${problem}`);
    this.path = path;
    this.problem = problem;
  }
}

/**
 * Creates the error for a value of the wrong type.
 *
 * @param path The path of the value.
 * @param expected What is allowed, such as `a string`.
 * @param found The value.
 */
export function typeViolation(path: string, expected: string, found: unknown): PayloadError {
  return new PayloadError(path, `must be ${expected}, but is ${describe(found)}`);
}

/**
 * Returns a caught error with its path prefixed by an outer one; any other value as it is. Paths are only built after a
 * failure, so a valid payload does not pay for them.
 *
 * @param error The caught value.
 * @param outer The path of the enclosing value.
 */
export function prefixPath(error: unknown, outer: string): unknown {
  if (!(error instanceof PayloadError)) return error;
  return new PayloadError(joinPath(outer, error.path), error.problem);
}

/** Joins two paths: `flags[0]` and `rules[1]`. */
export function joinPath(outer: string, inner: string): string {
  if (outer === "" || inner === "") return outer + inner;
  return inner.startsWith("[") ? outer + inner : `${outer}.${inner}`;
}

function describe(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "string") return quote(value);
  return typeof value === "object" ? kindOf(value) : String(value);
}
