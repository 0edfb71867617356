import type { JsonValue } from "../contract/wire.ts";
import type { EvaluationContext } from "../evaluation/evaluation-context.ts";
import type { FlagSet } from "../store/flag-set.ts";
import { outcomeOf } from "./handle.ts";

/** The values of all flags that serve one, in a record without a prototype: `__proto__` is an ordinary key (contract §2.1). */
export function collectValues(
  flags: FlagSet | null,
  context: EvaluationContext,
): Record<string, JsonValue> {
  const values: Record<string, JsonValue> = Object.create(null);
  if (flags === null) return values;
  for (const key of flags.keys()) {
    const { value } = outcomeOf(flags, key, context);
    if (value !== undefined) values[key] = value;
  }
  return values;
}
