import type { Flag } from "../../contract/flag.ts";
import type { Segment } from "../../contract/snapshot.ts";
import { equalJson } from "../../contract/wire.ts";
import { isKeyRejected } from "../../errors/request-error.ts";
import type { EvaluationContext } from "../../evaluation/evaluation-context.ts";
import type { Outcome } from "../../evaluation/outcome.ts";
import { withoutKey } from "../../http/redact.ts";
import type { Warn } from "../../runtime/logger.ts";
import type { Scheduler } from "../../runtime/scheduler.ts";
import type { FlagSet } from "../../store/flag-set.ts";
import { FlagState } from "../../store/flag-state.ts";
import type { ServedFlags } from "../api/app.ts";
import { SnapshotBody } from "../http/body.ts";
import type { Announce } from "../environment/environment.ts";
import type { RelayUpstreamStatus } from "./options.ts";

/** Options of {@linkcode RelayedFlags}; times in ms. */
export interface RelayedFlagsOptions {
  readonly sdkKey: string;
  readonly pollInterval: number;
  readonly maxAge: number;
  readonly scheduler: Scheduler;
  readonly warn: Warn;
  /** Called with every change, as an event of the stream. */
  readonly announce: Announce;
}

/** The flags from upstream: a data source fills them, the routes serve them. */
export class RelayedFlags implements ServedFlags {
  /** Where the data source puts what it learns, as in a client's core. */
  readonly store: FlagState;
  #body: SnapshotBody | undefined;
  #version = 0;

  /** Makes a place for flags; there are none yet. */
  constructor({ sdkKey, scheduler, announce, ...options }: RelayedFlagsOptions) {
    this.store = new FlagState({
      ...options,
      redact: (error) => withoutKey(error, sdkKey),
      isKeyRejected,
      now: () => scheduler.now(),
      onChange: (before) => {
        const { flags } = this.store;
        if (flags === null || flags === before) return;
        this.#body = undefined;
        const updates = before === null ? null : findUpdates(before, flags);
        // Updates carry no version of the snapshot. A deleted flag's counts on; only a snapshot may move it back.
        this.#version = Math.max(updates === null ? 0 : this.#version, highestVersion(flags));
        for (const { event, data } of updates ?? []) {
          if (event === "flag.deleted") this.#version = Math.max(this.#version, data.version);
        }
        if (before === null) return; // without flags, no stream is open yet
        if (updates === null) announce("sync", this.body?.snapshot);
        else for (const { event, data } of updates) announce(event, data);
      },
    });
  }

  /** The status of upstream at this moment (contract §6.2). */
  get status(): RelayUpstreamStatus {
    const { state, mode, age, lastError } = this.store.status;
    return {
      state,
      mode,
      ...(this.store.flags !== null && { version: this.#version }),
      ...(age !== undefined && { age }),
      ...(lastError !== undefined && { lastError }),
    };
  }

  /** Whether upstream has recently confirmed the flags. */
  get isCurrent(): boolean {
    return this.store.status.state === "READY";
  }

  /** The highest version that is known of the snapshot and its flags; 0 without flags. */
  get version(): number {
    return this.#version;
  }

  get body(): SnapshotBody | undefined {
    const { flags } = this.store;
    return flags === null
      ? undefined
      : this.#body ??= new SnapshotBody({ ...flags.toSnapshot(), version: this.#version });
  }

  flag(key: string): Flag | undefined {
    return this.store.flags?.get(key);
  }

  evaluate(key: string, context: EvaluationContext): Outcome | undefined {
    return this.store.flags?.evaluate(key, context);
  }
}

/**
 * A snapshot's version is the highest of its own and its flags' (contract §9). Segments count too: a client names the highest
 * version that it was told of.
 */
function highestVersion(flags: FlagSet): number {
  let { version } = flags;
  for (const key of flags.keys()) version = Math.max(version, flags.get(key)!.version);
  for (const segment of flags.segments) version = Math.max(version, segment.version);
  return version;
}

/** One event of the stream: a whole flag or segment, or the key of a deleted one (contract §4). */
export interface Update {
  readonly event: "flag.created" | "flag.updated" | "flag.deleted" | "segment.updated";
  readonly data: Flag | Segment | Pick<Flag, "key" | "version">;
}

/** With more changes than this, one snapshot is smaller than the events. */
const MAX_UPDATES = 100;

/**
 * Returns the events that bring a reader from one set of flags to the next. What is deleted gets the version after its last:
 * older clients drop an event that has no higher version than they hold, and every relay has seen the last one, however it
 * learned of the deletion.
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
    updates.push({ event: "flag.deleted", data: { key, version: before.get(key)!.version + 1 } });
  }
  const segments = new Map(before.segments.map((segment) => [segment.key, segment]));
  for (const segment of after.segments) {
    const old = segments.get(segment.key);
    segments.delete(segment.key);
    if (old !== undefined && segment.version < old.version) return null;
    if (!equalJson(old, segment)) updates.push({ event: "segment.updated", data: segment });
  }
  for (const { key, version } of segments.values()) {
    updates.push({ event: "segment.updated", data: { key, version: version + 1 } });
  }
  return updates.length > MAX_UPDATES ? null : updates;
}
