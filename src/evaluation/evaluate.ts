import type { Flag } from "../contract/flag.ts";
import { evaluateRules } from "./evaluate-rules.ts";
import type { EvaluationContext } from "./evaluation-context.ts";
import type { Outcome } from "./outcome.ts";
import { evaluateWithPrerequisites } from "./prerequisites.ts";
import type { FindFlag } from "./prerequisites.ts";

/**
 * Evaluates a flag (contract §3.1): disabled, prerequisites, rules, fallthrough. Pure and synchronous.
 *
 * @param flag The flag, prepared.
 * @param context Whom it is evaluated for.
 * @param findFlag Where prerequisites are found.
 */
export function evaluate(flag: Flag, context: EvaluationContext, findFlag: FindFlag): Outcome {
  return flag.prerequisites.length > 0
    ? evaluateWithPrerequisites(flag, context, findFlag)
    : evaluateRules(flag, context);
}
