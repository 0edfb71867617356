import { quote } from "../../errors/format.ts";
import { compilePattern } from "../../regex/pattern.ts";
import type { Warn } from "../../runtime/logger.ts";
import { operator } from "./operator.ts";
import type { Operator } from "./operator.ts";

/** The tests of a condition's patterns. */
interface PatternTests {
  readonly tests: readonly ((text: string) => boolean | undefined)[];
  readonly negate: boolean;
}

/**
 * MatchesRegex (contract §3.3): the attribute contains a match of one of the patterns. If none matches and one could not
 * be evaluated, the condition does not match: the result is then `negate`, which the condition inverts to `false`.
 */
export const matchesSome: Operator = operator<PatternTests>(
  (values, warn, negate) => ({ tests: values.map((source) => compileTest(source, warn)), negate }),
  (value, { tests, negate }) => {
    const text = String(value);
    let isExhausted = false;
    for (const test of tests) {
      const found = test(text);
      if (found === true) return true;
      isExhausted ||= found === undefined;
    }
    return isExhausted && negate;
  },
);

function compileTest(source: string, warn: Warn): (text: string) => boolean | undefined {
  const pattern = compilePattern(source);
  if (pattern === null) {
    warn(`Cannot compile pattern ${quote(source)}: it matches nothing`);
    return () => false;
  }
  let warned = false;
  return (text) => {
    const found = pattern.test(text);
    if (found === undefined && !warned) {
      warned = true;
      warn(
        `Pattern ${
          quote(source)
        } takes too many steps on some values: its condition does not match, simplify it`,
      );
    }
    return found;
  };
}
