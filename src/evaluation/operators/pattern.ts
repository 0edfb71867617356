import { compilePattern } from "../../regex/pattern.ts";
import type { Warn } from "../../contract/decode.ts";
import type { Matcher } from "./matcher.ts";

/** MatchesRegex (contract §3.3): some value, as a pattern, is found in the attribute. */
export function matchesSome(values: readonly string[], warn: Warn): Matcher {
  const patterns = values.map((source) => {
    const pattern = compilePattern(source);
    if (pattern === null) {
      warn(`The pattern ${JSON.stringify(source)} can not be compiled: it matches nothing`);
    }
    return pattern;
  }).filter((pattern) => pattern !== null);
  return (value) => {
    const text = String(value);
    for (const pattern of patterns) if (pattern.test(text)) return true;
    return false;
  };
}
