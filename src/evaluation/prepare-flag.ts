import type { Flag } from "../contract/flag.ts";
import type { Segment } from "../contract/snapshot.ts";
import type { Warn } from "../runtime/logger.ts";
import type { RuleGroups } from "./evaluate.ts";
import { prepareCondition } from "./match-condition.ts";

/** Returns the prepared groups of a segment; `null` when the segment does not exist. */
export type FindSegment = (key: string) => RuleGroups;

/**
 * Prepares a flag for evaluation: folds case, parses numbers and patterns, finds segments. One flag may be in several
 * sets, each with its own segments, so it remembers which segments it was last prepared with.
 */
export function prepareFlag(flag: Flag, findSegment: FindSegment, warn: Warn): void {
  for (const rule of flag.enabled ? flag.rules : []) {
    const { segmentKey, conditionGroups } = rule;
    rule.groups = segmentKey === "" ? prepareGroups(conditionGroups, warn) : findSegment(segmentKey);
  }
  // Set last: a preparation that was cut short (stack overflow, a logger that throws) is repeated.
  flag.preparedFor = findSegment;
}

/** Prepares each segment once, when a rule first refers to it. */
export function segmentFinder(segments: readonly Segment[], warn: Warn): FindSegment {
  // Of two with one key, the last counts (contract §2.1).
  const byKey = new Map<string, Segment>();
  for (const segment of segments) byKey.set(segment.key, segment);
  const known = new Map<string, RuleGroups>();
  return (key) => {
    let groups = known.get(key);
    const segment = byKey.get(key);
    if (groups !== undefined || segment === undefined) return groups ?? null;
    groups = prepareGroups([{ operator: segment.conditionLogic, conditions: segment.conditions }], warn);
    known.set(key, groups);
    return groups;
  };
}

function prepareGroups(groups: RuleGroups, warn: Warn): RuleGroups {
  for (const { conditions } of groups ?? []) {
    for (const condition of conditions ?? []) prepareCondition(condition, warn);
  }
  return groups;
}
