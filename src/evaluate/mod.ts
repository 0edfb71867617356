/**
 * Evaluation alone, for programs that have the snapshot already: from a store, a file, a build step or another process. It is
 * a quarter of the main entry. There are no requests, no updates, no events and nothing to close.
 *
 * @example
 * ```ts
 * import { Flags } from "@featureflip/sdk/evaluate";
 * import { flag } from "@featureflip/sdk/testing";
 *
 * const flags = new Flags({ flags: [flag("tier", { free: "free", pro: "pro" }).otherwise("pro")], segments: [] });
 * console.log(flags.variation("tier", { user_id: "u-123" }, "free")); // "pro"
 * ```
 *
 * @module
 */
export type {
  AnyFlags,
  DeepReadonly,
  FlagDefault,
  FlagKey,
  FlagValue,
  FlagValues,
  IfDescribed,
  InferredKey,
  IsUnion,
  ReadonlyFlags,
  Widen,
} from "../client/typed-flags.ts";
export { PayloadError } from "../contract/payload-error.ts";
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
} from "../contract/wire.ts";
export { FeatureflipError } from "../errors/featureflip-error.ts";
export type { ErrorCode, EvaluationErrorCode } from "../errors/featureflip-error.ts";
export type { ContextInput, EvaluationContext } from "../evaluation/evaluation-context.ts";
export type {
  ErrorDetail,
  EvaluationDetail,
  EvaluationDetailBase,
  EvaluationReason,
  PrerequisiteFailedDetail,
  RuleMatchDetail,
} from "../evaluation/outcome.ts";
export type {
  ConditionTrace,
  EvaluationTrace,
  GroupTrace,
  PrerequisiteTrace,
  RolloutTrace,
  RuleTrace,
} from "../evaluation/explain.ts";
export type { Logger } from "../runtime/logger.ts";
export { explain, Flags } from "./flags.ts";
export type { FlagsOptions } from "./flags.ts";
