import type { EvaluationContext as OpenFeatureContext } from "@openfeature/server-sdk";
import type { EvaluationContext } from "../../evaluation/evaluation-context.ts";

/** Converts OpenFeature's context. The targeting key becomes the user id, and wins over one that is given too. */
export function toEvaluationContext(context: OpenFeatureContext): EvaluationContext {
  const { userId: _otherSpelling, ...attributes } = context;
  const { targetingKey } = attributes;
  // An empty key counts as absent, so the context's own user id is used.
  if (typeof targetingKey !== "string" || targetingKey === "") return context;
  return { ...attributes, user_id: targetingKey };
}
