import type { Flag } from "../../contract/flag.ts";
import type { Segment, Snapshot } from "../../contract/snapshot.ts";
import { equalJson } from "../../contract/wire.ts";
import type { EvaluationContext } from "../../evaluation/evaluation-context.ts";
import type { Outcome } from "../../evaluation/outcome.ts";
import { withoutKey } from "../../http/redact.ts";
import type { Warn } from "../../runtime/logger.ts";
import type { Scheduler } from "../../runtime/scheduler.ts";
import { snapshotOf } from "../../store/flag-set.ts";
import type { FlagSet } from "../../store/flag-set.ts";
import { FlagState } from "../../store/flag-state.ts";
import type { SnapshotSource } from "../../store/flag-state.ts";
import type { ServedFlags } from "../api/sdk-routes.ts";
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
  /** Called after a change that did not tell the snapshot's version: {@linkcode RelayedFlags.confirmVersion} is to find it. */
  readonly onVersionInDoubt: () => void;
}

/** Knows of the change that is being applied what {@linkcode FlagState} does not keep. */
class UpstreamState extends FlagState {
  /** Whether it is a whole snapshot. */
  isWhole = false;
  /** The version of a deletion; 0 for other changes. */
  deletionVersion = 0;

  override replace(snapshot: Snapshot, source: SnapshotSource, at?: number): void {
    this.isWhole = true;
    super.replace(snapshot, source, at);
    this.isWhole = false;
  }

  override remove(key: string, version = 0): void {
    this.deletionVersion = version;
    super.remove(key);
    this.deletionVersion = 0;
  }
}

/** The flags from upstream: a data source fills them, the routes serve them. */
export class RelayedFlags implements ServedFlags {
  /** Where the data source puts what it learns, as in a client's core. */
  readonly store: FlagState;
  #body: SnapshotBody | undefined;
  /** The snapshot's version, equal on every relay that has the same flags. */
  #version = 0;
  /** The highest version that was sent to clients. */
  #newestVersion = 0;

  /** Makes a place for flags; there are none yet. */
  constructor({ sdkKey, scheduler, announce, onVersionInDoubt, ...options }: RelayedFlagsOptions) {
    const store = this.store = new UpstreamState({
      ...options,
      redact: (error) => withoutKey(error, sdkKey),
      now: () => scheduler.now(),
      onChange: (before) => {
        const { flags, isWhole, deletionVersion } = store;
        if (flags === null || flags === before) return;
        this.#body = undefined;
        const [last, highest] = [this.#version, highestVersion(flags)];
        this.#version = isWhole ? highest : Math.max(last, highest, deletionVersion);
        const updates = before === null ? null : findUpdates(before, flags, this.#version);
        // Only a snapshot may move it back.
        if (updates === null) this.#newestVersion = 0;
        for (const { data: { version } } of updates ?? []) this.#see(version);
        this.#see(this.#version);
        if (before === null) return; // without flags, no stream is open yet
        // An update tells the version of one flag: if that is not new, the snapshot's is not known.
        if (!isWhole && updates?.length !== 0 && (this.#version === last || deletionVersion > 0)) {
          onVersionInDoubt();
        }
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

  /** The highest version that was sent to clients, those of deletions included; 0 without flags. */
  get newestVersion(): number {
    return this.#newestVersion;
  }

  /** Takes over the version of a snapshot with exactly these flags and segments; others are ignored, they may be older. */
  confirmVersion(snapshot: FlagSet): void {
    const version = highestVersion(snapshot);
    if (version === this.#version || new SnapshotBody(snapshotOf(snapshot)).etag !== this.body?.etag) return;
    this.#version = version;
    this.#see(version);
    this.#body = undefined;
  }

  get body(): SnapshotBody | undefined {
    const { flags } = this.store;
    return flags === null
      ? undefined
      : this.#body ??= new SnapshotBody({ ...snapshotOf(flags), version: this.#version });
  }

  #see(version: number): void {
    this.#newestVersion = Math.max(this.#newestVersion, version);
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
 * version that it has received.
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
 * Returns the events that bring a reader from one set of flags to the next. A deletion has the version of the snapshot without
 * the flag, at least the one after the flag's last: older clients drop an event that has no higher version than they hold.
 *
 * @param version The version of the next snapshot.
 * @returns `null` when a snapshot is needed: the environment differs, or a flag or segment has an older version, which
 * readers accept from a snapshot only (contract §4).
 */
export function findUpdates(before: FlagSet, after: FlagSet, version: number): readonly Update[] | null {
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
    const deletion = { key, version: Math.max(version, before.get(key)!.version + 1) };
    updates.push({ event: "flag.deleted", data: deletion });
  }
  const segments = new Map(before.segments.map((segment) => [segment.key, segment]));
  for (const segment of after.segments) {
    const old = segments.get(segment.key);
    segments.delete(segment.key);
    if (old !== undefined && segment.version < old.version) return null;
    if (!equalJson(old, segment)) updates.push({ event: "segment.updated", data: segment });
  }
  for (const { key, version: last } of segments.values()) {
    updates.push({ event: "segment.updated", data: { key, version: Math.max(version, last + 1) } });
  }
  return updates.length > MAX_UPDATES ? null : updates;
}
