import type { Flag } from "../contract/flag.ts";
import { MAX_PREREQUISITE_DEPTH } from "../contract/limits.ts";
import type { Prerequisite } from "../contract/prerequisite.ts";
import { FeatureflipError } from "../errors/featureflip-error.ts";
import { quote } from "../errors/format.ts";
import { evaluateRules } from "./evaluate-rules.ts";
import type { EvaluationContext } from "./evaluation-context.ts";
import { createOutcome } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";

/** Finds a flag of the same snapshot, prepared; `undefined` when there is none. */
export type FindFlag = (key: string) => Flag | undefined;

/**
 * Evaluates a flag with prerequisites (contract §3.1, step 3). A circle is found by its depth: the walk ends at the
 * eleventh step at the latest.
 *
 * @param depth How many flags stand above this one.
 * @param known What this evaluation found out before: each prerequisite is evaluated at most once.
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

/** The prerequisites that are asked: none of a disabled flag. */
export function prerequisitesOf({ enabled, prerequisites }: Flag): readonly Prerequisite[] {
  return enabled ? prerequisites : [];
}

/** Whether its prerequisites ran in a circle or too deep, which all flags above have to say as well. */
export function isTooDeep(flag: Flag, outcome: Outcome): boolean {
  return flag.enabled && outcome === flag.outcome;
}

function tooDeep(flag: Flag): Outcome {
  const message = `The prerequisites of flag ${
    quote(flag.key)
  } run in a circle or deeper than ${MAX_PREREQUISITE_DEPTH}`;
  return (flag.outcome ??= createOutcome(flag, flag.offVariation, "ERROR", {
    error: new FeatureflipError("PREREQUISITE_DEPTH", message),
  })) as Outcome;
}
