/**
 * Records evaluations in OpenTelemetry's traces and logs, by its semantic conventions for feature flags.
 *
 * @example
 * ```ts
 * import { trace } from "@opentelemetry/api";
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { openTelemetryInspector } from "@featureflip/sdk/opentelemetry";
 *
 * const client = FeatureflipClient.forTesting({}, { inspectors: [openTelemetryInspector({ trace })] });
 * await client.close();
 * ```
 *
 * @module
 */
export { openTelemetryInspector } from "./open-telemetry-inspector.ts";
export type {
  EvaluationAttributes,
  EvaluationRecord,
  EventLoggerLike,
  OpenTelemetryOptions,
  SpanLike,
  TraceLike,
} from "./open-telemetry-inspector.ts";
export type { Inspector } from "../../events/inspectors.ts";
