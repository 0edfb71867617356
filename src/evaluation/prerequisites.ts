import { FeatureflipError } from "../errors/featureflip-error.ts";
import { quote } from "../errors/quote.ts";
import type { CompiledFlag } from "./compile-flag.ts";
import { evaluateRules } from "./evaluate-rules.ts";
import type { FindFlag } from "./evaluate.ts";
import type { EvaluationContext } from "./evaluation-context.ts";
import { createOutcome } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";

/** How many prerequisites may stand behind each other (contract §3.1). */
export const MAX_DEPTH = 10;

/**
 * Evaluates a flag with prerequisites (contract §3.1, step 3). A circle is found by its depth: the walk ends at the
 * eleventh step at the latest.
 *
 * @param depth How many flags stand above this one.
 * @param known What this evaluation found out before: each prerequisite is evaluated at most once.
 */
export function evaluateWithPrerequisites(
  compiled: CompiledFlag,
  context: EvaluationContext,
  findFlag: FindFlag,
  depth = 0,
  known: Map<string, Outcome> = new Map(),
): Outcome {
  const { flag } = compiled;
  for (const prerequisite of compiled.prerequisites) {
    const { flagKey, variationKey } = prerequisite;
    let outcome = known.get(flagKey);
    if (outcome === undefined) {
      const other = findFlag(flagKey);
      if (other !== undefined) {
        if (depth === MAX_DEPTH) return tooDeep(compiled);
        outcome = evaluateWithPrerequisites(other, context, findFlag, depth + 1, known);
        if (outcome === other.tooDeep) return tooDeep(compiled);
        known.set(flagKey, outcome);
      }
    }
    if (outcome === undefined || (outcome.variationKey ?? "") !== variationKey) {
      return prerequisite.unmet ??= createOutcome(flag, flag.offVariation, {
        reason: "PREREQUISITE_FAILED",
        prerequisiteKey: flagKey,
      });
    }
  }
  return evaluateRules(compiled, context);
}

function tooDeep(compiled: CompiledFlag): Outcome {
  const { flag } = compiled;
  const message = `The prerequisites of flag ${quote(flag.key)} run in a circle or deeper than ${MAX_DEPTH}`;
  return compiled.tooDeep ??= createOutcome(flag, flag.offVariation, {
    reason: "ERROR",
    error: new FeatureflipError("PREREQUISITE_DEPTH", message),
  });
}
