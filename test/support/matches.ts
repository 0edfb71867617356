import { conditionalFlag, flagSetOf, wireSnapshot } from "./wire.ts";

/** What {@linkcode matches} is asked beside the attribute. */
export interface MatchesOptions {
  readonly negate?: boolean;
  /** Takes the warnings of decoding and compiling. */
  readonly warnings?: string[];
}

/** Whether an attribute's value meets a condition on it that came off the wire. */
export function matches(
  value: unknown,
  operator: string,
  values: readonly (string | number | boolean)[],
  options: MatchesOptions = {},
): boolean {
  const { negate = false, warnings } = options;
  const flag = conditionalFlag("flag", [{ attribute: "attribute", operator, values, negate }]);
  return flagSetOf(wireSnapshot([flag]), warnings).evaluate("flag", { attribute: value })?.value === true;
}
