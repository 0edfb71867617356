import { checkOptions } from "../../errors/check-option.ts";
import type { OptionRule, OptionRules } from "../../errors/check-option.ts";
import { ConfigurationError } from "../../errors/configuration-error.ts";
import { forgetNote } from "../../evaluation/context-notes.ts";
import { readOwnAttribute } from "../../evaluation/evaluation-context.ts";
import type { EvaluationReason } from "../../evaluation/outcome.ts";
import type { InspectedEvaluation, Inspector } from "../../events/inspectors.ts";
import { toStandardErrorCode } from "../shared/error-code.ts";

/** The part of `trace` of `@opentelemetry/api` that is used here. */
export interface TraceLike {
  /** The active span. */
  getActiveSpan(): SpanLike | undefined;
}

/** The part of an OpenTelemetry span that is used here. */
export interface SpanLike {
  /** Whether the span is recorded; one that is not sampled is not. */
  isRecording(): boolean;
  /** Adds an event to the span. */
  addEvent(name: string, attributes: EvaluationAttributes): unknown;
}

/** The part of a logger of `@opentelemetry/api-logs` that is used here. */
export interface EventLoggerLike {
  /** Emits an event record. */
  emit(record: EvaluationRecord): void;
}

/** The event record of an evaluation. */
export interface EvaluationRecord {
  /** `feature_flag.evaluation`. */
  eventName: string;
  /** The evaluation. */
  attributes: EvaluationAttributes;
}

/** The attributes of an evaluation, named by OpenTelemetry's semantic conventions for feature flags. */
export type EvaluationAttributes = Record<string, string | number | boolean>;

/** Options of {@linkcode openTelemetryInspector}: `trace`, `eventLogger`, or both. */
export interface OpenTelemetryOptions {
  /** `trace` of `@opentelemetry/api`: evaluations become events of the active span, if there is one. */
  readonly trace?: TraceLike | undefined;
  /**
   * A logger of `@opentelemetry/api-logs`: evaluations become event records, with or without a span. The
   * conventions ask for these; span events are older, and more tools show them today.
   */
  readonly eventLogger?: EventLoggerLike | undefined;
  /** Whether the user id is included, as `feature_flag.context.id`; `true` by default. */
  readonly contextId?: boolean | undefined;
}

const ACTION = "create the OpenTelemetry inspector";

const RULES: OptionRules<OpenTelemetryOptions & { readonly contextId: boolean }> = {
  trace: likeRule("'trace' of @opentelemetry/api", "getActiveSpan"),
  eventLogger: likeRule("a logger of @opentelemetry/api-logs", "emit"),
  contextId: [true, "true or false", (value) => typeof value === "boolean"],
};

/** The rule of an object of OpenTelemetry, which is known by one of its methods. */
function likeRule<T>(allowed: string, method: string): OptionRule<T | undefined> {
  return [
    undefined,
    allowed,
    (value) => typeof (value as Record<string, unknown> | null)?.[method] === "function",
  ];
}

const EVENT_NAME = "feature_flag.evaluation";

/** The conventions' names of our reasons; they allow a system's own. */
const REASONS: Readonly<Record<EvaluationReason, string>> = {
  FALLTHROUGH: "default",
  RULE_MATCH: "targeting_match",
  FLAG_DISABLED: "disabled",
  PREREQUISITE_FAILED: "prerequisite_failed",
  FLAG_NOT_FOUND: "error",
  ERROR: "error",
};

/**
 * Creates an inspector that records every evaluation with OpenTelemetry, by the semantic conventions for feature flags: an
 * event `feature_flag.evaluation` with the flag and its version, the variation, the reason, the environment and the user
 * id. OpenTelemetry's API is passed in; nothing is imported.
 *
 * @param options Where evaluations are recorded.
 * @throws {ConfigurationError} when neither `trace` nor `eventLogger` is given, or an option is wrong or unknown.
 * @example
 * ```ts
 * import { trace } from "@opentelemetry/api";
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { openTelemetryInspector } from "@featureflip/sdk/opentelemetry";
 *
 * const inspectors = [openTelemetryInspector({ trace })];
 * const client = FeatureflipClient.forTesting({ "dark-mode": true }, { inspectors });
 * client.boolVariation("dark-mode", { user_id: "u-123" }, false); // an event of the active span
 * ```
 */
export function openTelemetryInspector(options: OpenTelemetryOptions): Inspector {
  const { trace, eventLogger, contextId } = checkOptions(ACTION, options, RULES);
  if (trace === undefined && eventLogger === undefined) {
    throw new ConfigurationError(
      "trace",
      "Cannot create the OpenTelemetry inspector: 'trace' or 'eventLogger' must be given, but neither is: pass 'trace' of @opentelemetry/api or a logger of @opentelemetry/api-logs",
    );
  }
  return (event) => {
    const active = trace?.getActiveSpan();
    const span = active?.isRecording() ? active : undefined;
    if (span === undefined && eventLogger === undefined) return;
    const attributes = toAttributes(event, contextId);
    span?.addEvent(EVENT_NAME, attributes);
    eventLogger?.emit({ eventName: EVENT_NAME, attributes });
  };
}

function toAttributes(event: InspectedEvaluation, withContextId: boolean): EvaluationAttributes {
  const { flagKey, value, reason, variationKey, error, isSplit, flagVersion, environment } = event;
  const attributes: EvaluationAttributes = {
    "feature_flag.key": flagKey,
    "feature_flag.provider.name": "featureflip",
    "feature_flag.result.reason": isSplit ? "split" : REASONS[reason],
  };
  if (variationKey !== undefined) {
    // Recorded instead of the value, which may be large or confidential.
    attributes["feature_flag.result.variant"] = variationKey;
  } else if (isAttributeValue(value)) {
    attributes["feature_flag.result.value"] = value;
  }
  if (flagVersion !== undefined) attributes["feature_flag.version"] = String(flagVersion);
  if (environment !== undefined) attributes["feature_flag.set.id"] = environment;
  if (reason === "FLAG_NOT_FOUND") attributes["error.type"] = "flag_not_found";
  if (error !== undefined) {
    attributes["error.type"] = toStandardErrorCode(error.code).toLowerCase();
    attributes["feature_flag.error.message"] = error.message;
  }
  const userId = withContextId ? userIdOf(event) : undefined;
  if (userId !== undefined) attributes["feature_flag.context.id"] = userId;
  return attributes;
}

/** The user id as in analytics events (contract §5). */
function userIdOf({ context }: InspectedEvaluation): string | undefined {
  const userId = readOwnAttribute(context, "user_id") ?? readOwnAttribute(context, "userId");
  forgetNote(); // The client logs one that is an object; the next evaluation must not.
  return userId === undefined ? undefined : String(userId);
}

/** Span attributes are scalars, and a caller's default may be anything. */
function isAttributeValue(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
