import type {
  ErrorCode,
  EvaluationContext as OpenFeatureContext,
  FlagMetadata,
  JsonValue,
  ResolutionDetails,
  ResolutionReason,
} from "@openfeature/server-sdk";
import type { Flag } from "../../contract/flag.ts";
import { kindOf, quote } from "../../errors/format.ts";
import type { EvaluationContext } from "../../evaluation/evaluation-context.ts";
import type { EvaluationDetail } from "../../evaluation/outcome.ts";
import { isSplit } from "../../evaluation/serve.ts";
import type { FlagSet } from "../../store/flag-set.ts";
import { toStandardErrorCode } from "../shared/error-code.ts";

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

/** Converts an evaluation detail; `flags` are the flags it was evaluated with. */
export function toResolutionDetails<T>(
  key: string,
  detail: EvaluationDetail<T>,
  flags: FlagSet | null,
): ResolutionDetails<T> {
  const flag = flags?.get(key);
  return {
    value: detail.value,
    reason: toReason(detail, flag),
    flagMetadata: toMetadata(detail, flag, flags),
    ...(detail.variationKey !== undefined && { variant: detail.variationKey }),
    ...toError(key, detail),
  };
}

/** The details for a value whose type differs from the one OpenFeature was asked for. */
export function toTypeMismatch<T>(
  key: string,
  { value, flagMetadata = {} }: ResolutionDetails<JsonValue>,
  defaultValue: T,
): ResolutionDetails<T> {
  return {
    value: defaultValue,
    reason: "ERROR",
    flagMetadata,
    errorCode: "TYPE_MISMATCH" satisfies `${ErrorCode}` as ErrorCode,
    errorMessage: `Flag ${quote(key)} serves a ${typeof value}, not an object or an array`,
  };
}

function toReason(detail: EvaluationDetail<unknown>, flag: Flag | undefined): ResolutionReason {
  switch (detail.reason) {
    case "RULE_MATCH":
      return isSplit(detail, flag) ? "SPLIT" : "TARGETING_MATCH";
    case "FALLTHROUGH":
      if (isSplit(detail, flag)) return "SPLIT";
      // STATIC only where no context could get another value: callers may cache such a value.
      return flag?.rules.length === 0 && flag.prerequisites.length === 0 ? "STATIC" : "DEFAULT";
    case "FLAG_DISABLED":
      return "DISABLED";
    case "PREREQUISITE_FAILED":
      return "PREREQUISITE_FAILED"; // OpenFeature has no reason for it, and allows others
    default:
      return "ERROR";
  }
}

/** Uses the names that OpenFeature's telemetry reads: `version` and `flagSetId`. */
function toMetadata(
  { ruleId, prerequisiteKey }: EvaluationDetail<unknown>,
  flag: Flag | undefined,
  flags: FlagSet | null,
): FlagMetadata {
  return {
    ...(flags?.environment && { flagSetId: flags.environment }),
    ...(flag !== undefined && { version: flag.version }),
    ...(ruleId !== undefined && { ruleId }),
    ...(prerequisiteKey !== undefined && { prerequisiteKey }),
  };
}

function toError(
  key: string,
  { reason, error }: EvaluationDetail<unknown>,
): { errorCode: ErrorCode; errorMessage: string } | undefined {
  let code: `${ErrorCode}`;
  let errorMessage: string;
  if (reason === "FLAG_NOT_FOUND") {
    code = "FLAG_NOT_FOUND";
    errorMessage = `Flag ${quote(key)} not found`;
  } else if (error !== undefined) {
    code = toStandardErrorCode(error.code);
    errorMessage = error.message;
  } else return undefined;
  // Only the types of OpenFeature are imported, and its codes are an enum.
  return { errorCode: code as ErrorCode, errorMessage };
}
