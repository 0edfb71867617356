import type { Flag } from "../contract/flag.ts";
import type { EvaluationDetail } from "./evaluation-detail.ts";

/**
 * Whether a percentage decided (contract §3.6).
 *
 * @param detail What an evaluation came to.
 * @param flag The flag it was of; undefined when there is none.
 */
export function isSplit({ reason, ruleId }: EvaluationDetail<unknown>, flag: Flag | undefined): boolean {
  let serve = undefined;
  if (reason === "RULE_MATCH") serve = flag?.rules.find(({ id }) => id === ruleId)?.serve;
  else if (reason === "FALLTHROUGH") serve = flag?.fallthrough;
  return serve?.type === "Rollout" && serve.variations.length > 0;
}
