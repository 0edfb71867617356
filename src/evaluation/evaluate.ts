import type { Flag } from "../contract/flag.ts";
import { evaluateRules } from "./evaluate-rules.ts";
import type { EvaluationContext } from "./evaluation-context.ts";
import type { Outcome } from "./outcome.ts";
import { evaluateWithPrerequisites } from "./prerequisites.ts";
import type { FindFlag } from "./prerequisites.ts";

/**
 * Evaluates a flag (contract §3.1): disabled, prerequisites, rules, fallthrough. Pure, synchronous, never throws.
 *
 * @param flag The flag, prepared.
 * @param context The evaluation context.
 * @param findFlag Finds prerequisites.
 */
export function evaluate(flag: Flag, context: EvaluationContext, findFlag: FindFlag): Outcome {
  return flag.prerequisites.length > 0
    ? evaluateWithPrerequisites(flag, context, findFlag)
    : evaluateRules(flag, context);
}
