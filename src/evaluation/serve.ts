import type { Flag } from "../contract/flag.ts";
import type { Rule } from "../contract/rule.ts";
import type { RolloutServe, Serve, WeightedVariation } from "../contract/serve.ts";
import { bucketOf, saltOf } from "./bucket.ts";
import type { Salt } from "./bucket.ts";
import { readAttribute } from "./evaluation-context.ts";
import type { EvaluationContext } from "./evaluation-context.ts";
import type { EvaluationDetail } from "./evaluation-detail.ts";
import { createOutcome } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";

/** What a serve of this flag comes to for a context (contract §3.6), by the rule or the fallthrough. */
export function serve(flag: Flag, serve: Serve, context: EvaluationContext, rule?: Rule): Outcome {
  if (serve.type === "Rollout" && serve.variations.length > 0) {
    const share = pickVariation(serve, context);
    return (share.outcome ??= serveFirst(flag, share.key, rule)) as Outcome;
  }
  return (serve.outcome ??= serveFirst(flag, serve.variation, rule)) as Outcome;
}

function serveFirst(flag: Flag, variationKey: string, rule: Rule | undefined): Outcome {
  return rule === undefined
    ? createOutcome(flag, variationKey, "FALLTHROUGH")
    : createOutcome(flag, variationKey, "RULE_MATCH", { ruleId: rule.id });
}

/** Where a context comes to lie in a rollout. */
export interface Bucketing {
  readonly attribute: string;
  /** What is hashed; empty when the attribute is absent. */
  readonly value: string;
  /** 0 to 99; `undefined` for nobody in particular: all of them get the control, rather than whatever the empty string hashes to. */
  readonly bucket: number | undefined;
}

/** Finds a context's place in a rollout. */
export function bucketFor(rollout: RolloutServe, context: EvaluationContext): Bucketing {
  const attribute = rollout.bucketBy || "userId";
  const value = String(readAttribute(context, attribute) ?? "");
  const isAnonymous = value === "" && (attribute === "userId" || attribute === "user_id");
  const salt = (rollout.preparedSalt ??= saltOf(rollout.salt)) as Salt;
  return { attribute, value, bucket: isAnonymous ? undefined : bucketOf(salt, value) };
}

function pickVariation(rollout: RolloutServe, context: EvaluationContext): WeightedVariation {
  const { bucket } = bucketFor(rollout, context);
  const { variations } = rollout;
  if (bucket === undefined) return variations[0]!;
  let bound = 0;
  for (const share of variations) if ((bound += share.weight) > bucket) return share;
  return variations[variations.length - 1]!;
}

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
