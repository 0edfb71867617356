import { quote } from "../../errors/format.ts";
import { compilePattern } from "../../regex/pattern.ts";
import type { Warn } from "../../runtime/logger.ts";
import { operator } from "./operator.ts";
import type { Operator } from "./operator.ts";

/** MatchesRegex (contract §3.3): some value, as a pattern, is found in the attribute. */
export const matchesSome: Operator = operator(
  (values, warn) => values.map((source) => compileTest(source, warn)),
  (value, tests) => {
    const text = String(value);
    return tests.some((test) => test(text));
  },
);

function compileTest(source: string, warn: Warn): (text: string) => boolean {
  const pattern = compilePattern(source);
  if (pattern === null) {
    warn(`The pattern ${quote(source)} can not be compiled: it matches nothing`);
    return () => false;
  }
  let warned = false;
  return (text) => {
    const found = pattern.test(text);
    if (pattern.exhausted && !warned) {
      warned = true;
      warn(
        `The pattern ${quote(source)} takes too many steps on some values: it does not match those`,
      );
    }
    return found;
  };
}
