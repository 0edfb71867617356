import type { Flag, Prerequisite } from "../contract/flag.ts";
import { MAX_PREREQUISITE_DEPTH } from "../contract/limits.ts";
import { FeatureflipError } from "../errors/featureflip-error.ts";
import { quote } from "../errors/format.ts";
import { evaluateRules } from "./evaluate-rules.ts";
import type { EvaluationContext } from "./evaluation-context.ts";
import { createOutcome } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";

/** Returns a prepared flag of the same snapshot; `undefined` when it does not exist. */
export type FindFlag = (key: string) => Flag | undefined;

/**
 * Evaluates a flag with prerequisites (contract §3.1, step 3). A cycle is found by its depth, at the eleventh step at the
 * latest.
 *
 * @param depth The number of flags above this one in the chain of prerequisites.
 * @param known Outcomes so far: one evaluation evaluates each prerequisite at most once.
 */
export function evaluateWithPrerequisites(
  flag: Flag,
  context: EvaluationContext,
  findFlag: FindFlag,
  depth = 0,
  known: Map<string, Outcome> = new Map(),
): Outcome {
  for (const prerequisite of prerequisitesOf(flag)) {
    const { prerequisiteFlagKey, expectedVariationKey } = prerequisite;
    let outcome = known.get(prerequisiteFlagKey);
    if (outcome === undefined) {
      const other = findFlag(prerequisiteFlagKey);
      if (other !== undefined) {
        if (depth === MAX_PREREQUISITE_DEPTH) return tooDeep(flag);
        outcome = evaluateWithPrerequisites(other, context, findFlag, depth + 1, known);
        if (isTooDeep(other, outcome)) return tooDeep(flag);
        known.set(prerequisiteFlagKey, outcome);
      }
    }
    if (outcome === undefined || (outcome.variationKey ?? "") !== expectedVariationKey) {
      return (prerequisite.outcome ??= createOutcome(flag, flag.offVariation, "PREREQUISITE_FAILED", {
        prerequisiteKey: prerequisiteFlagKey,
      })) as Outcome;
    }
  }
  return evaluateRules(flag, context);
}

/** Returns the prerequisites to evaluate; none for a disabled flag. */
export function prerequisitesOf({ enabled, prerequisites }: Flag): readonly Prerequisite[] {
  return enabled ? prerequisites : [];
}

/** Whether the outcome says that prerequisites form a cycle or are too deep; all flags above then have that outcome too. */
export function isTooDeep(flag: Flag, outcome: Outcome): boolean {
  return flag.enabled && outcome === flag.outcome;
}

function tooDeep(flag: Flag): Outcome {
  const limit = MAX_PREREQUISITE_DEPTH;
  const message = `Prerequisites of flag ${quote(flag.key)} form a cycle or are nested deeper than ${limit}`;
  return (flag.outcome ??= createOutcome(flag, flag.offVariation, "ERROR", {
    error: new FeatureflipError("PREREQUISITE_DEPTH", message),
  })) as Outcome;
}
