import type { Flag } from "../../contract/flag.ts";
import { equalJson } from "../../contract/wire.ts";
import type { FlagSet } from "../../store/flag-set.ts";

/** One event of the stream: a whole flag, or one that is gone (contract §4). */
export interface FlagUpdate {
  readonly event: "flag.created" | "flag.updated" | "flag.deleted";
  readonly data: Flag | Pick<Flag, "key" | "version">;
}

/** Beyond so many changed flags a snapshot says it better. */
const MOST_UPDATES = 100;

/**
 * What a reader of one set has to be told to have the other.
 *
 * @returns `null` when only a snapshot can tell: segments or the environment differ, or a flag went back to an older
 * version, which readers take from a snapshot alone (contract §4).
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
  return updates.length > MOST_UPDATES ? null : updates;
}
