import { FeatureflipError } from "../errors/featureflip-error.ts";
import { kindOf, quote } from "../errors/format.ts";

/** A payload that is not of the contract's shape: nothing of it is applied (contract §2.1). */
export class PayloadError extends FeatureflipError {
  /** The name of the class. */
  override readonly name: string = "PayloadError";

  /** Where in the payload, such as `flags[3].rules[0].serve.type`; empty for the payload itself. */
  declare readonly path: string;

  /** What is allowed there, and what was found. */
  declare readonly problem: string;

  /**
   * Makes an error.
   *
   * @param path Where in the payload.
   * @param problem What is allowed there, and what was found.
   */
  constructor(path: string, problem: string) {
    super("INVALID_PAYLOAD", `${path === "" ? "the payload" : path} ${problem}`);
    this.path = path;
    this.problem = problem;
  }
}

/**
 * The error for a value of the wrong type.
 *
 * @param path Where it stands.
 * @param expected What is allowed, such as `a string`.
 * @param found The value.
 */
export function typeViolation(path: string, expected: string, found: unknown): PayloadError {
  return new PayloadError(path, `must be ${expected}, but is ${describe(found)}`);
}

/**
 * The same error seen from one level further out. Paths are put together only once something is wrong: the decoder
 * spends nothing on them while all is well.
 *
 * @param error What was caught.
 * @param outer The path of what holds the value.
 */
export function prefixPath(error: unknown, outer: string): unknown {
  if (!(error instanceof PayloadError)) return error;
  return new PayloadError(joinPath(outer, error.path), error.problem);
}

/** Puts two paths together: `flags[0]` and `rules[1]`. */
export function joinPath(outer: string, inner: string): string {
  if (outer === "" || inner === "") return outer + inner;
  return inner.startsWith("[") ? outer + inner : `${outer}.${inner}`;
}

function describe(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "string") return quote(value);
  return typeof value === "object" ? kindOf(value) : String(value);
}
