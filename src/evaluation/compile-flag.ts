import type { Warn } from "../contract/decode.ts";
import type { Flag } from "../contract/flag.ts";
import { compileAudience } from "./match-rule.ts";
import type { Audience, FindSegment } from "./match-rule.ts";
import type { Outcome, OutcomeCause } from "./outcome.ts";
import { compileServe, fixedServe } from "./serve.ts";
import type { CompiledServe } from "./serve.ts";

/** A prerequisite, and what the flag came to when it was not met; `undefined` before that. */
export interface CompiledPrerequisite {
  readonly flagKey: string;
  readonly variationKey: string;
  unmet: Outcome | undefined;
}

/** Who gets what. */
export interface CompiledRule {
  readonly audience: Audience;
  readonly serve: CompiledServe;
}

/** One flag, ready to be evaluated: everything about it that no context can change is worked out. */
export interface CompiledFlag {
  readonly flag: Flag;
  /** Asked before the rules; empty for a disabled flag. */
  readonly prerequisites: readonly CompiledPrerequisite[];
  /** What the flag came to when its prerequisites ran in a circle or too deep; `undefined` before that. */
  tooDeep: Outcome | undefined;
  /** In the order in which they are asked; empty for a disabled flag. */
  readonly rules: readonly CompiledRule[];
  /** What is served where no rule matches, or the off variation of a disabled flag. */
  readonly fallthrough: CompiledServe;
}

// Not frozen: a frozen list among others makes the loops over them half as fast, and a simple flag twice as slow.
const NONE: readonly never[] = [];
const DISABLED: OutcomeCause = Object.freeze({ reason: "FLAG_DISABLED" });
const FALLTHROUGH: OutcomeCause = Object.freeze({ reason: "FALLTHROUGH" });

/** Compiles one flag: what is parsed, folded and sorted here, evaluations read. */
export function compileFlag(flag: Flag, findSegment: FindSegment, warn: Warn): CompiledFlag {
  const { enabled, rules, prerequisites } = flag;
  return {
    flag,
    prerequisites: enabled && prerequisites.length > 0
      ? prerequisites.map(({ prerequisiteFlagKey, expectedVariationKey }) => {
        return { flagKey: prerequisiteFlagKey, variationKey: expectedVariationKey, unmet: undefined };
      })
      : NONE,
    tooDeep: undefined,
    rules: enabled && rules.length > 0
      // The sort is stable: rules of equal priority keep their order in the payload.
      ? rules.toSorted((a, b) => a.priority - b.priority).map((rule) => ({
        audience: compileAudience(rule, findSegment, warn),
        serve: compileServe(rule.serve, { reason: "RULE_MATCH", ruleId: rule.id }),
      }))
      : NONE,
    fallthrough: enabled
      ? compileServe(flag.fallthrough, FALLTHROUGH)
      : fixedServe(flag.offVariation, DISABLED),
  };
}
