import { decodeObject, decodeString } from "../../contract/decode.ts";
import { prefixPath } from "../../contract/payload-error.ts";
import type { EvaluationContext } from "../../evaluation/evaluation-context.ts";
import type { EvaluationReason, Outcome } from "../../evaluation/outcome.ts";

/** The body of `POST /v1/sdk/evaluate`, checked (contract §1). */
export interface EvaluateRequest {
  readonly flagKey: string;
  /** The flat evaluation context: the user id, overridden by the attributes. */
  readonly context: EvaluationContext;
}

/**
 * Decodes the body of `POST /v1/sdk/evaluate`.
 *
 * @throws {PayloadError} naming the path, what is allowed there and what was found.
 */
export function decodeEvaluateRequest(json: unknown): EvaluateRequest {
  const body = decodeObject(json);
  const flagKey = decodeString(body.flagKey, "flagKey");
  const context = optionalObjectAt(body.context, "context");
  const attributes = optionalObjectAt(context.attributes, "context.attributes");
  const { userId } = context;
  return {
    flagKey,
    context: { ...(userId === undefined || userId === null ? undefined : { userId }), ...attributes },
  };
}

function optionalObjectAt(json: unknown, path: string): Readonly<Record<string, unknown>> {
  try {
    return decodeObject(json ?? {});
  } catch (error) {
    throw prefixPath(error, path);
  }
}

/** The answer to `POST /v1/sdk/evaluate` (contract §1). */
export interface EvaluateResponse {
  readonly key: string;
  /** The key of the variation that was served; empty when none was. */
  readonly variation: string;
  /** `null` where the caller of an SDK gets the default. */
  readonly value: unknown;
  readonly reason: string;
  readonly prerequisiteKey?: string;
}

/** The spelling of the reasons on the wire. */
const REASONS: Readonly<Record<EvaluationReason, string>> = {
  FALLTHROUGH: "Fallthrough",
  RULE_MATCH: "RuleMatch",
  FLAG_DISABLED: "FlagDisabled",
  FLAG_NOT_FOUND: "FlagNotFound",
  PREREQUISITE_FAILED: "PrerequisiteFailed",
  ERROR: "Error",
};

/** Returns the answer for the outcome of this flag. */
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
