import type { Flag } from "../../contract/flag.ts";
import type { Segment } from "../../contract/segment.ts";
import { equalJson } from "../../contract/wire.ts";
import type { FlagSet } from "../../store/flag-set.ts";

/** One event of the stream: a whole flag or segment, or the key of a deleted one (contract §4). */
export interface Update {
  readonly event: "flag.created" | "flag.updated" | "flag.deleted" | "segment.updated";
  readonly data: Flag | Segment | Pick<Flag, "key" | "version">;
}

/** With more changes than this, one snapshot is smaller than the events. */
const MAX_UPDATES = 100;

/**
 * Returns the events that bring a reader from one set of flags to the next.
 *
 * @returns `null` when a snapshot is needed: the environment differs, or a flag or segment has an older version, which
 * readers accept from a snapshot only (contract §4).
 */
export function findUpdates(before: FlagSet, after: FlagSet): readonly Update[] | null {
  if (before.environment !== after.environment) return null;
  const updates: Update[] = [];
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
  const segments = new Map(before.segments.map((segment) => [segment.key, segment]));
  for (const segment of after.segments) {
    const old = segments.get(segment.key);
    segments.delete(segment.key);
    if (old !== undefined && segment.version < old.version) return null;
    if (!equalJson(old, segment)) updates.push({ event: "segment.updated", data: segment });
  }
  for (const { key, version } of segments.values()) {
    updates.push({ event: "segment.updated", data: { key, version } });
  }
  return updates.length > MAX_UPDATES ? null : updates;
}
