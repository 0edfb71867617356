import type { Warn } from "../contract/decode.ts";
import type { Flag } from "../contract/flag.ts";
import { FeatureflipError } from "../errors/featureflip-error.ts";
import { matchRule } from "./match-rule.ts";
import type { FindSegment } from "./match-rule.ts";
import { outcomeFactory } from "./outcome.ts";
import type { Outcome, OutcomeCause } from "./outcome.ts";
import { MAX_DEPTH } from "./prerequisites.ts";
import { compileServe } from "./serve.ts";
import type { Server } from "./serve.ts";
import { quote } from "../errors/quote.ts";

/** A prerequisite, and what the flag comes to where it is not met. */
export interface CompiledPrerequisite {
  readonly flagKey: string;
  readonly variationKey: string;
  readonly unmet: Outcome;
}

/** One flag, ready to be evaluated: everything about it that no context can change is worked out. */
export interface CompiledFlag {
  /** Asked before `serve`; empty for a disabled flag. */
  readonly prerequisites: readonly CompiledPrerequisite[];
  /** What the flag comes to when its prerequisites run in a circle or too deep; there are none without prerequisites. */
  readonly tooDeep: Outcome | undefined;
  /** Rules and fallthrough, or the off variation of a disabled flag. */
  readonly serve: Server;
}

const NO_PREREQUISITES: readonly never[] = Object.freeze([]);

/** Compiles one flag to closures: `eval` is forbidden on the edge. */
export function compileFlag(flag: Flag, findSegment: FindSegment, warn: Warn): CompiledFlag {
  const outcome = outcomeFactory(flag);
  if (!flag.enabled) {
    const off = outcome(flag.offVariation, { reason: "FLAG_DISABLED" });
    return { prerequisites: NO_PREREQUISITES, tooDeep: undefined, serve: () => off };
  }
  const prerequisites = flag.prerequisites.map(({ prerequisiteFlagKey, expectedVariationKey }) => ({
    flagKey: prerequisiteFlagKey,
    variationKey: expectedVariationKey,
    unmet: outcome(flag.offVariation, {
      reason: "PREREQUISITE_FAILED",
      prerequisiteKey: prerequisiteFlagKey,
    }),
  }));
  return {
    prerequisites,
    tooDeep: prerequisites.length > 0 ? outcome(flag.offVariation, tooDeep(flag)) : undefined,
    serve: compileRules(flag, outcome, findSegment, warn),
  };
}

function compileRules(
  flag: Flag,
  outcome: (variationKey: string, cause: OutcomeCause) => Outcome,
  findSegment: FindSegment,
  warn: Warn,
): Server {
  const fallthrough = compileServe(flag.fallthrough, (key) => outcome(key, { reason: "FALLTHROUGH" }));
  if (flag.rules.length === 0) return fallthrough;

  // The sort is stable: rules of equal priority keep their order in the payload.
  const rules = flag.rules.toSorted((a, b) => a.priority - b.priority).map((rule) => ({
    matches: matchRule(rule, findSegment, warn),
    serve: compileServe(rule.serve, (key) => outcome(key, { reason: "RULE_MATCH", ruleId: rule.id })),
  }));
  return (context) => {
    for (const rule of rules) if (rule.matches(context)) return rule.serve(context);
    return fallthrough(context);
  };
}

function tooDeep(flag: Flag): OutcomeCause {
  const message = `The prerequisites of flag ${quote(flag.key)} run in a circle or deeper than ${MAX_DEPTH}`;
  return { reason: "ERROR", error: new FeatureflipError("PREREQUISITE_DEPTH", message) };
}
