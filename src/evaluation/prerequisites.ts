import type { CompiledFlag } from "./compile-flag.ts";
import type { FindFlag } from "./evaluate.ts";
import type { EvaluationContext } from "./evaluation-context.ts";
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
  flag: CompiledFlag,
  context: EvaluationContext,
  findFlag: FindFlag,
  depth = 0,
  known: Map<string, Outcome> = new Map(),
): Outcome {
  for (const { flagKey, variationKey, unmet } of flag.prerequisites) {
    let outcome = known.get(flagKey);
    if (outcome === undefined) {
      const prerequisite = findFlag(flagKey);
      if (prerequisite === undefined) return unmet;
      if (depth === MAX_DEPTH) return flag.tooDeep!;
      outcome = evaluateWithPrerequisites(prerequisite, context, findFlag, depth + 1, known);
      if (outcome === prerequisite.tooDeep) return flag.tooDeep!;
      known.set(flagKey, outcome);
    }
    if ((outcome.variationKey ?? "") !== variationKey) return unmet;
  }
  return flag.serve(context);
}
