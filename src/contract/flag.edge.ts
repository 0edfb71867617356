import type { DecodeState } from "./decode.ts";
import { MAX_NESTING } from "./limits.ts";
import { decodeFlag } from "./flag.ts";
import type { PendingFlag } from "./flag.ts";
import type { Warn } from "../runtime/logger.ts";
import type {
  WireCondition,
  WireConditionGroup,
  WireFlag,
  WirePrerequisite,
  WireRule,
  WireServe,
  WireVariation,
  WireWeightedVariation,
} from "./wire.ts";

export * from "./flag.ts";

/**
 * Replaces that of `flag.ts` in the build that the conditions `workerd` and `edge-light` select. An isolate evaluates few of
 * its flags, and its first request runs code that is not compiled yet: a flag is checked when it arrives, and decoded when
 * it is first asked for (record 0069; bench: workerd). What the check does not accept is decoded at once: that decides what
 * is wrong with it, and where.
 */
export function takeFlag(json: unknown, warn: Warn, state: DecodeState): PendingFlag | null {
  return isPlainFlag(json) ? json : decodeFlag(json, warn, state);
}

const NONE: readonly never[] = [];

/*
 * The checks allocate nothing, and take no call for each item of a list. An item without its required string is no object
 * or a list. Names are only accepted in their usual spelling.
 */

/** Whether {@linkcode decodeFlag} accepts a flag without a warning. */
function isPlainFlag(json: unknown): json is PendingFlag {
  const flag = json as WireFlag & PendingFlag | null;
  if (
    typeof flag?.key !== "string" || typeof flag.type !== "string" || typeof flag.enabled !== "boolean" ||
    typeof (flag.offVariation ?? "") !== "string" || flag.preparedFor !== undefined ||
    !isPlainServe(flag.fallthrough)
  ) return false;
  const { variations } = flag;
  const rules = flag.rules ?? NONE;
  const prerequisites = flag.prerequisites ?? NONE;
  if (!Array.isArray(variations) || !Array.isArray(rules) || !Array.isArray(prerequisites)) return false;
  for (let index = 0; index < variations.length; index++) {
    const variation = variations[index] as WireVariation | null;
    if (
      typeof variation?.key !== "string" ||
      (typeof variation.value === "object" && isDeep(variation.value, 1))
    ) return false;
  }
  for (let index = 0; index < rules.length; index++) if (!isPlainRule(rules[index])) return false;
  for (let index = 0; index < prerequisites.length; index++) {
    const prerequisite = prerequisites[index] as WirePrerequisite | null;
    if (
      typeof prerequisite?.prerequisiteFlagKey !== "string" ||
      typeof prerequisite.expectedVariationKey !== "string"
    ) return false;
  }
  return true;
}

function isPlainRule(rule: WireRule | null): boolean {
  if (
    typeof rule?.id !== "string" || !isNumber(rule.priority) ||
    typeof (rule.segmentKey ?? "") !== "string" || !isPlainServe(rule.serve)
  ) return false;
  const groups = rule.conditionGroups ?? NONE;
  if (!Array.isArray(groups)) return false;
  for (let index = 0; index < groups.length; index++) {
    const group = groups[index] as WireConditionGroup | null;
    if (group?.operator !== "And" && group?.operator !== "Or") return false;
    if (!arePlainConditions(group.conditions ?? NONE)) return false;
  }
  return true;
}

function arePlainConditions(conditions: readonly (WireCondition | null)[]): boolean {
  if (!Array.isArray(conditions)) return false;
  for (let index = 0; index < conditions.length; index++) {
    const condition = conditions[index] as WireCondition | null;
    if (
      typeof condition?.attribute !== "string" || typeof condition.operator !== "string" ||
      (condition.negate !== undefined && typeof condition.negate !== "boolean")
    ) return false;
    const values = condition.values ?? NONE;
    if (!Array.isArray(values)) return false;
    for (let at = 0; at < values.length; at++) {
      const value: unknown = values[at];
      if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return false;
    }
  }
  return true;
}

function isPlainServe(serve: WireServe | null): boolean {
  if (
    (serve?.type !== "Fixed" && serve?.type !== "Rollout") || typeof (serve.variation ?? "") !== "string" ||
    typeof (serve.bucketBy ?? "") !== "string" || typeof (serve.salt ?? "") !== "string"
  ) return false;
  const variations = serve.variations ?? NONE;
  if (!Array.isArray(variations)) return false;
  for (let index = 0; index < variations.length; index++) {
    const variation = variations[index] as WireWeightedVariation | null;
    if (typeof variation?.key !== "string" || !isNumber(variation.weight)) return false;
  }
  return true;
}

/** Whether a number is finite, as it must be, or missing. */
function isNumber(json: number | undefined): boolean {
  return json === undefined || Number.isFinite(json);
}

/** Whether a value is nested beyond the limit. */
function isDeep(json: unknown, level: number): boolean {
  return typeof json === "object" && json !== null &&
    (level > MAX_NESTING || Object.values(json).some((item) => isDeep(item, level + 1)));
}
