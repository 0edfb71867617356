import type { Flag } from "../contract/flag.ts";
import type { RolloutServe, Rule, Serve, WeightedVariation } from "../contract/rule.ts";
import { noteAnonymous } from "./context-notes.ts";
import { readAttribute } from "./evaluation-context.ts";
import type { EvaluationContext } from "./evaluation-context.ts";
import type { EvaluationDetail, Outcome } from "./outcome.ts";
import { md5After, md5Of } from "./md5.ts";
import type { Md5Head } from "./md5.ts";
import { createOutcome } from "./outcome.ts";

/** Returns the outcome of a serve for a context (contract §3.6); `rule` is left out for the fallthrough. */
export function serve(flag: Flag, serve: Serve, context: EvaluationContext, rule?: Rule): Outcome {
  if (serve.type === "Rollout" && serve.variations.length > 0) {
    const picked = pickVariation(serve, context);
    return (picked.outcome ??= serveFirst(flag, picked.key, rule)) as Outcome;
  }
  const { variation } = serve;
  return (rule === undefined
    ? flag.outcome ??= serveFirst(flag, variation)
    : rule.outcome ??= serveFirst(flag, variation, rule)) as Outcome;
}

function serveFirst(flag: Flag, variationKey: string, rule?: Rule): Outcome {
  return rule === undefined
    ? createOutcome(flag, variationKey, "FALLTHROUGH")
    : createOutcome(flag, variationKey, "RULE_MATCH", { ruleId: rule.id });
}

/** How a rollout buckets a context. */
export interface Bucketing {
  readonly attribute: string;
  /** The value to hash; empty when the attribute is absent. */
  readonly value: string;
  /** 0 to 99; `undefined` without a user id: such contexts get the control, not the bucket of the empty string. */
  readonly bucket: number | undefined;
}

/** Finds the bucket of a context in a rollout. */
export function bucketFor(rollout: RolloutServe, context: EvaluationContext): Bucketing {
  const attribute = rollout.bucketBy || "userId";
  const value = String(readAttribute(context, attribute) ?? "");
  const isAnonymous = value === "" && (attribute === "userId" || attribute === "user_id");
  if (isAnonymous) noteAnonymous(context);
  const salt = (rollout.preparedSalt ??= saltOf(rollout.salt)) as Salt;
  return { attribute, value, bucket: isAnonymous ? undefined : bucketOf(salt, value) };
}

function pickVariation(rollout: RolloutServe, context: EvaluationContext): WeightedVariation {
  const { bucket } = bucketFor(rollout, context);
  const { variations } = rollout;
  if (bucket === undefined) return variations[0]!;
  let bound = 0;
  for (const weighted of variations) if ((bound += weighted.weight) > bucket) return weighted;
  return variations[variations.length - 1]!;
}

/**
 * Whether a percentage rollout picked the variation (contract §3.6).
 *
 * @param detail The result of an evaluation.
 * @param flag The evaluated flag; `undefined` when it does not exist.
 */
export function isSplit({ reason, ruleId }: EvaluationDetail<unknown>, flag: Flag | undefined): boolean {
  let serve = undefined;
  if (reason === "RULE_MATCH") serve = flag?.rules.find(({ id }) => id === ruleId)?.serve;
  else if (reason === "FALLTHROUGH") serve = flag?.fallthrough;
  return serve?.type === "Rollout" && serve.variations.length > 0;
}

/** The hash state after a rollout's salt. */
export type Salt = Md5Head;

/** Prepares a salt; an empty string when the serve has none. */
export function saltOf(salt: string): Salt {
  return md5Of(`${salt}:`);
}

/**
 * Returns the bucket, 0 to 99, of a value under a rollout's salt. It is the same in every process and language.
 *
 * Rule (contract §3.6): the first four bytes of MD5(`salt:value`), little-endian, modulo 100.
 *
 * @param value The bucketing attribute as a string.
 */
export function bucketOf(salt: Salt, value: string): number {
  return md5After(salt, value) % 100;
}
