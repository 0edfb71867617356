import type { Condition } from "./condition.ts";
import type { ConditionLogic } from "./rule.ts";

/** A named audience that rules refer to (contract §2). */
export interface Segment {
  readonly key: string;
  readonly version: number;
  readonly conditionLogic: ConditionLogic;
  /** `null` when the wire had none: the segment then fails closed (contract §2.1). An empty list matches. */
  readonly conditions: readonly Condition[] | null;
}
