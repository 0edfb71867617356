import type { Flag } from "../contract/flag.ts";
import { equalJson } from "../contract/wire.ts";
import type { FlagSet } from "./flag-set.ts";

/**
 * Returns the keys of all flags whose outcome may differ between two sets, because their configuration, a segment they use
 * or a direct or indirect prerequisite changed. Equal versions prove nothing (contract §2), so configurations are compared.
 */
export function changedKeys(before: FlagSet, after: FlagSet): string[] {
  const segments = changedSegments(before, after);
  const changed = new Set<string>();
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const flag = after.get(key);
    if (!equalJson(before.get(key), flag) || (flag !== undefined && refersTo(flag, segments))) {
      changed.add(key);
    }
  }
  if (changed.size > 0) addDependents(changed, after);
  return [...changed];
}

function changedSegments(before: FlagSet, after: FlagSet): ReadonlySet<string> {
  const changed = new Set<string>();
  if (before.segments === after.segments) return changed;
  const old = new Map(before.segments.map((segment) => [segment.key, segment]));
  for (const segment of after.segments) {
    if (!equalJson(old.get(segment.key), segment)) changed.add(segment.key);
    old.delete(segment.key);
  }
  for (const key of old.keys()) changed.add(key);
  return changed;
}

function refersTo(flag: Flag, segments: ReadonlySet<string>): boolean {
  return segments.size > 0 && flag.rules.some((rule) => segments.has(rule.segmentKey));
}

function addDependents(changed: Set<string>, flags: FlagSet): void {
  const dependents = new Map<string, string[]>();
  for (const key of flags.keys()) {
    for (const { prerequisiteFlagKey } of flags.get(key)!.prerequisites) {
      const others = dependents.get(prerequisiteFlagKey);
      if (others === undefined) dependents.set(prerequisiteFlagKey, [key]);
      else others.push(key);
    }
  }
  // Iterating a set also visits the elements added meanwhile.
  for (const key of changed) for (const dependent of dependents.get(key) ?? []) changed.add(dependent);
}
