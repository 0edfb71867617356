import { ConfigurationError } from "../../errors/configuration-error.ts";
import type { EvaluationReason } from "../../evaluation/evaluation-reason.ts";
import type { EvaluationEvent, Inspector } from "../../events/inspectors.ts";

/** What `trace` of `@opentelemetry/api` has, as far as it is used here. */
export interface TraceLike {
  /** The span of the work that is under way. */
  getActiveSpan(): SpanLike | undefined;
}

/** A span of OpenTelemetry, as far as it is used here. */
export interface SpanLike {
  /** Adds an event to the span. */
  addEvent(name: string, attributes: EvaluationAttributes): unknown;
}

/** A logger of `@opentelemetry/api-logs`, as far as it is used here. */
export interface EventLoggerLike {
  /** Emits an event record. */
  emit(record: { readonly eventName: string; readonly attributes: EvaluationAttributes }): void;
}

/** What is recorded of an evaluation, under the names of OpenTelemetry's semantic conventions for feature flags. */
export type EvaluationAttributes = Record<string, string | number | boolean>;

/** What {@linkcode openTelemetryInspector} can be told; `trace`, `logger`, or both. */
export interface OpenTelemetryOptions {
  /** `trace` of `@opentelemetry/api`: evaluations become events of the span that is active, if one is. */
  readonly trace?: TraceLike | undefined;
  /** A logger of `@opentelemetry/api-logs`: evaluations become event records, in a span or not. */
  readonly logger?: EventLoggerLike | undefined;
  /** Whether the user id is told, as `feature_flag.context.id`; `true` by default. */
  readonly contextId?: boolean | undefined;
}

const EVENT_NAME = "feature_flag.evaluation";

/** Our reasons in the convention's words, which leaves room for a system's own. */
const REASONS: Readonly<Record<EvaluationReason, string>> = {
  FALLTHROUGH: "default",
  RULE_MATCH: "targeting_match",
  FLAG_DISABLED: "disabled",
  PREREQUISITE_FAILED: "prerequisite_failed",
  FLAG_NOT_FOUND: "error",
  ERROR: "error",
};

/**
 * Makes an inspector that tells OpenTelemetry of every evaluation, after the semantic conventions for feature flags: an
 * event `feature_flag.evaluation` with the flag, the variation, the reason and the user id. It takes OpenTelemetry's API
 * as it is handed in; nothing is imported.
 *
 * @param options Where evaluations go.
 * @throws {ConfigurationError} when neither `trace` nor `logger` is given.
 * @example
 * ```ts
 * import { trace } from "@opentelemetry/api";
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { openTelemetryInspector } from "@featureflip/sdk/opentelemetry";
 *
 * const inspectors = [openTelemetryInspector({ trace })];
 * const client = FeatureflipClient.forTesting({ "dark-mode": true }, { inspectors });
 * client.variation("dark-mode", { user_id: "u-123" }, false); // an event of the active span
 * ```
 */
export function openTelemetryInspector(options: OpenTelemetryOptions): Inspector {
  const { trace, logger, contextId = true } = options;
  if (trace === undefined && logger === undefined) {
    throw new ConfigurationError(
      "trace",
      "openTelemetryInspector() needs 'trace' of @opentelemetry/api, or a 'logger' of @opentelemetry/api-logs",
    );
  }
  return (event) => {
    const span = trace?.getActiveSpan();
    if (span === undefined && logger === undefined) return;
    const attributes = toAttributes(event, contextId);
    span?.addEvent(EVENT_NAME, attributes);
    logger?.emit({ eventName: EVENT_NAME, attributes });
  };
}

function toAttributes(event: EvaluationEvent, withContextId: boolean): EvaluationAttributes {
  const { flagKey, reason, variationKey, error } = event;
  const attributes: EvaluationAttributes = {
    "feature_flag.key": flagKey,
    "feature_flag.provider.name": "featureflip",
    "feature_flag.result.reason": REASONS[reason],
  };
  // The variation stands for its value, which may be large or nobody's business.
  if (variationKey !== undefined) attributes["feature_flag.result.variant"] = variationKey;
  else addValue(attributes, event.value);
  if (reason === "FLAG_NOT_FOUND") attributes["error.type"] = "flag_not_found";
  if (error !== undefined) {
    attributes["error.type"] = error.code.toLowerCase();
    attributes["error.message"] = error.message;
  }
  if (withContextId) {
    const userId = event.context.user_id ?? event.context.userId;
    if (typeof userId === "string" || typeof userId === "number") {
      attributes["feature_flag.context.id"] = String(userId);
    }
  }
  return attributes;
}

/** Attributes hold no objects; a caller's default may be anything. */
function addValue(attributes: EvaluationAttributes, value: unknown): void {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    attributes["feature_flag.result.value"] = value;
  }
}
