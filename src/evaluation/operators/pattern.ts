import type { Warn } from "../../contract/decode.ts";
import { compilePattern } from "../../regex/pattern.ts";
import type { Matcher } from "./matcher.ts";
import { quote } from "../../errors/quote.ts";

/** MatchesRegex (contract §3.3): some value, as a pattern, is found in the attribute. */
export function matchesSome(values: readonly string[], warn: Warn): Matcher {
  const tests = values.map((source) => compileTest(source, warn));
  return (value) => {
    const text = String(value);
    for (const test of tests) if (test(text)) return true;
    return false;
  };
}

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
