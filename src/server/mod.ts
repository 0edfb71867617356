/**
 * A local Evaluation API, which serves an environment of your own over the same wire as the service, and a relay, which
 * passes the service's flags on. The client is the package's main entry.
 *
 * @example
 * ```ts
 * import { createEvaluationApi, serve } from "@featureflip/sdk/server";
 *
 * const api = createEvaluationApi({ sdkKeys: ["sdk-local"], environment: { flags: [] } });
 * const server = await serve(api);
 * const response = await fetch(`${server.url}/v1/sdk/flags`, { headers: { authorization: "sdk-local" } });
 * console.log((await response.json()).flags); // []
 * await server.close();
 * ```
 *
 * @module
 */
export { createEvaluationApi } from "./api/evaluation-api.ts";
export type { EvaluationApi } from "./api/evaluation-api.ts";
export type { EvaluationApiOptions } from "./api/options.ts";
export type { EnvironmentFile } from "./environment/environment.ts";
export { createRelay } from "./relay/relay.ts";
export type { TimeoutOptions } from "../client/core.ts";
export type { Relay } from "./relay/relay.ts";
export type { RelayOptions, RelayUpstream } from "./relay/options.ts";
export type { RelayStatus, RelayUpstreamStatus } from "./relay/options.ts";
export { serve } from "./serve.ts";
export type { CloseServerOptions, EvaluationServer, Servable, ServeOptions } from "./serve.ts";
export type {
  Operator,
  WireCondition,
  WireConditionGroup,
  WireFlag,
  WirePrerequisite,
  WireRule,
  WireSegment,
  WireServe,
  WireSnapshot,
  WireVariation,
  WireWeightedVariation,
} from "../contract/wire.ts";
export type { SdkEvent, SdkEventType } from "../contract/wire.ts";
export type { Logger } from "../runtime/logger.ts";
export type { FeatureflipOptions } from "../client/options.ts";
export type { ClientState, EffectiveMode } from "../store/flag-state.ts";
export type { DropReason, EventCounters, ShedCounters } from "../events/event-queue.ts";
export { PayloadError } from "../contract/payload-error.ts";
export { ConfigurationError } from "../errors/configuration-error.ts";
export { FeatureflipError } from "../errors/featureflip-error.ts";
export type { ErrorCode } from "../errors/featureflip-error.ts";
