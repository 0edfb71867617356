import type { CompiledFlag } from "./compile-flag.ts";
import type { EvaluationContext } from "./evaluation-context.ts";
import { isAmong } from "./match-rule.ts";
import type { Outcome } from "./outcome.ts";
import { serve } from "./serve.ts";

/** Evaluates a flag whose prerequisites are met (contract §3.1, steps 4 and 5): rules, fallthrough. */
export function evaluateRules(
  { flag, rules, fallthrough }: CompiledFlag,
  context: EvaluationContext,
): Outcome {
  for (const rule of rules) {
    if (isAmong(rule.audience, context)) return serve(flag, rule.serve, context);
  }
  return serve(flag, fallthrough, context);
}
