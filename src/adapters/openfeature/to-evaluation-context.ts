import type { EvaluationContext as OpenFeatureContext } from "@openfeature/server-sdk";
import { kindOf } from "../../errors/format.ts";
import type { EvaluationContext } from "../../evaluation/evaluation-context.ts";

/**
 * Converts OpenFeature's context. The targeting key becomes the user id, and wins over one that is given too. The types
 * allow strings only; in JavaScript a number is converted, and anything else is ignored with a warning.
 *
 * @param warnOnce Logs a message once per topic.
 */
export function toEvaluationContext(
  context: OpenFeatureContext,
  warnOnce: (topic: string, message: string) => void,
): EvaluationContext {
  const { userId: _otherSpelling, ...attributes } = context;
  const targetingKey: unknown = attributes.targetingKey;
  // An empty key counts as absent, so the context's own user id is used.
  if (targetingKey === undefined || targetingKey === null || targetingKey === "") return context;
  switch (typeof targetingKey) {
    case "string":
    case "number":
    case "bigint":
      return { ...attributes, user_id: String(targetingKey) };
    default:
      warnOnce(
        "targeting key",
        `Ignoring the targeting key: it must be a string, but is ${kindOf(targetingKey)}`,
      );
      return context;
  }
}
