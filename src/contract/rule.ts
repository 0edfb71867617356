import type { Condition } from "./condition.ts";
import type { Serve } from "./serve.ts";

/** How several conditions become one answer. */
export type ConditionLogic = "And" | "Or";

/** Conditions under one operator. */
export interface ConditionGroup {
  readonly operator: ConditionLogic;
  /** `null` when the wire had none: the group then fails closed (contract §2.1). An empty list matches. */
  readonly conditions: readonly Condition[] | null;
}

/** Who gets what (contract §3.1). */
export interface Rule {
  readonly id: string;
  /** Lower is evaluated first. */
  readonly priority: number;
  /** `null` when the wire had none: a rule without a segment then fails closed (contract §2.1). */
  readonly conditionGroups: readonly ConditionGroup[] | null;
  /** The segment that decides instead of the groups; empty when the groups do. */
  readonly segmentKey: string;
  readonly serve: Serve;
}
