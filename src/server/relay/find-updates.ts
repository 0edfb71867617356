import type { Flag } from "../../contract/flag.ts";
import { equalJson } from "../../contract/wire.ts";
import type { FlagSet } from "../../store/flag-set.ts";

/** One event of the stream: a whole flag, or the key of a deleted one (contract §4). */
export interface FlagUpdate {
  readonly event: "flag.created" | "flag.updated" | "flag.deleted";
  readonly data: Flag | Pick<Flag, "key" | "version">;
}

/** With more changed flags than this, one snapshot is smaller than the events. */
const MAX_UPDATES = 100;

/**
 * Returns the events that bring a reader from one set of flags to the next.
 *
 * @returns `null` when a snapshot is needed: segments or the environment differ, or a flag has an older version, which
 * readers accept from a snapshot only (contract §4).
 */
export function findUpdates(before: FlagSet, after: FlagSet): readonly FlagUpdate[] | null {
  if (before.environment !== after.environment || !equalJson(before.segments, after.segments)) return null;
  const updates: FlagUpdate[] = [];
  for (const key of after.keys()) {
    const [old, flag] = [before.get(key), after.get(key)!];
    if (old === undefined) updates.push({ event: "flag.created", data: flag });
    else if (flag.version < old.version) return null;
    else if (!equalJson(old, flag)) updates.push({ event: "flag.updated", data: flag });
  }
  for (const key of before.keys()) {
    if (after.get(key) !== undefined) continue;
    updates.push({ event: "flag.deleted", data: { key, version: before.get(key)!.version } });
  }
  return updates.length > MAX_UPDATES ? null : updates;
}
