import { quote } from "../../errors/format.ts";
import { compilePattern } from "../../regex/pattern.ts";
import type { Warn } from "../../runtime/logger.ts";
import { operator } from "./operator.ts";
import type { Operator } from "./operator.ts";

/** MatchesRegex (contract §3.3): the attribute contains a match of one of the patterns. */
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
    warn(`Cannot compile pattern ${quote(source)}: it matches nothing`);
    return () => false;
  }
  let warned = false;
  return (text) => {
    const found = pattern.test(text);
    if (pattern.exhausted && !warned) {
      warned = true;
      warn(
        `Pattern ${quote(source)} takes too many steps on some values and does not match them: simplify it`,
      );
    }
    return found;
  };
}
