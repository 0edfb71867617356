import * as v from "valibot";
import type { EvaluationContext } from "../../evaluation/evaluation-context.ts";
import type { EvaluationReason } from "../../evaluation/evaluation-detail.ts";
import type { Outcome } from "../../evaluation/outcome.ts";
import { JsonObjectSchema, objectSchema } from "../http/validate.ts";

/** What `POST /v1/sdk/evaluate` is asked (contract §1). */
export interface EvaluateRequest {
  readonly flagKey: string;
  readonly context?:
    | {
      readonly userId?: unknown;
      readonly attributes?: Readonly<Record<string, unknown>> | null | undefined;
    }
    | null
    | undefined;
}

/** What `POST /v1/sdk/evaluate` is asked, checked. */
export const EvaluateRequestSchema: v.GenericSchema<unknown, EvaluateRequest> = objectSchema({
  flagKey: v.string("a string"),
  context: v.nullish(objectSchema({ userId: v.unknown(), attributes: v.nullish(JsonObjectSchema) })),
});

/** What `POST /v1/sdk/evaluate` answers (contract §1). */
export interface EvaluateResponse {
  readonly key: string;
  /** The variation key that was served; empty when none was. */
  readonly variation: string;
  /** `null` where an SDK's caller gets the default. */
  readonly value: unknown;
  readonly reason: string;
  readonly prerequisiteKey?: string;
}

/** The service's words for our reasons. */
const REASONS: Readonly<Record<EvaluationReason, string>> = {
  FALLTHROUGH: "Fallthrough",
  RULE_MATCH: "RuleMatch",
  FLAG_DISABLED: "FlagDisabled",
  FLAG_NOT_FOUND: "FlagNotFound",
  PREREQUISITE_FAILED: "PrerequisiteFailed",
  ERROR: "Error",
};

/** The flat context that a request stands for: the user id, and every attribute on top. */
export function contextOf({ context }: EvaluateRequest): EvaluationContext {
  const { userId, attributes } = context ?? {};
  return { ...(userId === undefined || userId === null ? undefined : { userId }), ...attributes };
}

/** The answer to a request for this flag. */
export function toEvaluateResponse(key: string, outcome: Outcome): EvaluateResponse {
  const { variationKey = "", value = null, reason, prerequisiteKey } = outcome;
  return {
    key,
    variation: variationKey,
    value,
    reason: REASONS[reason],
    ...(prerequisiteKey === undefined ? undefined : { prerequisiteKey }),
  };
}
