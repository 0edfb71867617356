import type { EvaluationContext as OpenFeatureContext } from "@openfeature/server-sdk";
import type { EvaluationContext } from "../../evaluation/evaluation-context.ts";

/** OpenFeature's context as the client takes it: its targeting key is our user id, and decides where both are given. */
export function toEvaluationContext(context: OpenFeatureContext): EvaluationContext {
  const { userId: _otherSpelling, ...attributes } = context;
  const { targetingKey } = attributes;
  // An empty key targets nobody: then the context's own user id counts.
  if (typeof targetingKey !== "string" || targetingKey === "") return context;
  return { ...attributes, user_id: targetingKey };
}
