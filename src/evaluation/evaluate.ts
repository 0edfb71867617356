import type { CompiledFlag } from "./compile-flag.ts";
import { evaluateRules } from "./evaluate-rules.ts";
import type { EvaluationContext } from "./evaluation-context.ts";
import type { Outcome } from "./outcome.ts";
import { evaluateWithPrerequisites } from "./prerequisites.ts";

/** Finds a flag of the same snapshot; `undefined` when there is none. */
export type FindFlag = (key: string) => CompiledFlag | undefined;

/**
 * Evaluates a flag (contract §3.1): disabled, prerequisites, rules, fallthrough. Pure and synchronous.
 *
 * @param compiled The flag.
 * @param context Whom it is evaluated for.
 * @param findFlag Where prerequisites are found.
 */
export function evaluate(compiled: CompiledFlag, context: EvaluationContext, findFlag: FindFlag): Outcome {
  return compiled.prerequisites.length > 0
    ? evaluateWithPrerequisites(compiled, context, findFlag)
    : evaluateRules(compiled, context);
}
