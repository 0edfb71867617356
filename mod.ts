/**
 * Feature flags for servers on Node, Deno, Bun, Next.js, Cloudflare Workers and Vercel: fetched once, followed as they change,
 * evaluated locally and synchronously.
 *
 * ```ts ignore
 * import { FeatureflipClient } from "@featureflip/sdk";
 *
 * const client = await FeatureflipClient.create({ sdkKey: "sdk-dev-abc123" });
 *
 * if (client.boolVariation("dark-mode", { user_id: "u-123" }, false)) {
 *   // …
 * }
 *
 * await client.close();
 * ```
 *
 * How the API may grow in a minor version: unions and interfaces that you receive may get new members, so keep a `default` in
 * a `switch`. Interfaces that you are handed are not for implementing. Interfaces that you implement only get optional
 * members. Types that compute other types (`FlagKey`, `FlagValue`, `Widen` and the like) may change.
 *
 * @module
 */

export { FeatureflipClient } from "./src/client/client.ts";
export type { FeatureflipClientLike, TestClient, TestOptions } from "./src/client/client.ts";
export type { Bootstrap, EvaluationEventMode, FeatureflipOptions, Mode } from "./src/client/options.ts";
export type { ClientStatus } from "./src/client/options.ts";
export type { ContextClient } from "./src/client/context-client.ts";
export type { TimeoutOptions } from "./src/client/core.ts";
export type {
  AnyFlags,
  DeepReadonly,
  FlagDefault,
  FlagKey,
  FlagKeyOf,
  FlagValue,
  FlagValues,
  IfDescribed,
  InferredKey,
  IsUnion,
  ReadonlyFlags,
  TestValues,
} from "./src/client/typed-flags.ts";
export type { ClientListeners, StatusListener, UpdateListener } from "./src/client/attachments.ts";
export type { VariationOptions } from "./src/client/options.ts";
export type { Widen } from "./src/client/typed-flags.ts";
export { PayloadError } from "./src/contract/payload-error.ts";
export type {
  JsonValue,
  Operator,
  SnapshotInput,
  WireCondition,
  WireConditionGroup,
  WireFlag,
  WirePrerequisite,
  WireRule,
  WireSegment,
  WireServe,
  WireVariation,
  WireWeightedVariation,
} from "./src/contract/wire.ts";
export type { ClientState, EffectiveMode, FlagStatus, SnapshotSource } from "./src/store/flag-state.ts";
export { ConfigurationError } from "./src/errors/configuration-error.ts";
export { FeatureflipError } from "./src/errors/featureflip-error.ts";
export type { ErrorCode, EvaluationErrorCode } from "./src/errors/featureflip-error.ts";
export { InitializationError } from "./src/errors/initialization-error.ts";
export type { InitializationErrorReason } from "./src/errors/initialization-error.ts";
export { RequestError } from "./src/errors/request-error.ts";
export type { HttpFailure } from "./src/errors/request-error.ts";
export type { ContextInput, EvaluationContext } from "./src/evaluation/evaluation-context.ts";
export type {
  ErrorDetail,
  EvaluationDetail,
  EvaluationDetailBase,
  EvaluationReason,
  PrerequisiteFailedDetail,
  RuleMatchDetail,
} from "./src/evaluation/outcome.ts";
export type {
  ConditionTrace,
  EvaluationTrace,
  GroupTrace,
  PrerequisiteTrace,
  RolloutTrace,
  RuleTrace,
} from "./src/evaluation/explain.ts";
export type { DropReason, EventCounters, ShedCounters } from "./src/events/event-queue.ts";
export type { InspectedEvaluation, Inspector } from "./src/events/inspectors.ts";
export type { Fetch, FetchInit, FetchResponse } from "./src/runtime/fetch.ts";
export type { Logger } from "./src/runtime/logger.ts";
export type { WaitUntil } from "./src/runtime/runtime.ts";
export type { ReleaseLock, SharedStore, SnapshotStore } from "./src/shared-store/shared-store.ts";
