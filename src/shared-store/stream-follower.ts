import type { Flag, PendingFlag } from "../contract/flag.ts";
import { FOLLOW_DELAY_MS, FOLLOW_LOCK_MS, FOLLOW_RETRY_MS, FOLLOW_SPREAD_MS } from "../contract/limits.ts";
import type { Segment, Snapshot } from "../contract/snapshot.ts";
import { equalJson } from "../contract/wire.ts";
import type { FeatureflipError } from "../errors/featureflip-error.ts";
import type { CancelTimer } from "../runtime/scheduler.ts";
import type { DataSink, EffectiveMode, HeldSnapshot, SnapshotSource } from "../store/flag-state.ts";
import type { StoredSnapshot } from "./envelope.ts";
import type { ReleaseLock } from "./shared-store.ts";
import type { StoreContext } from "./snapshot-loader.ts";

/** The store, as the follower uses it. */
export interface FollowedStore {
  readonly canLock: boolean;
  readonly canWrite: boolean;
  /** `null` when somebody else has the lock, `undefined` when the store failed or can't lock. */
  tryLock(ttl: number): Promise<ReleaseLock | null | undefined>;
  /** Reads what is stored, and checks it. */
  read(): Promise<StoreContent>;
  /** Resolves with whether it was written. */
  write(snapshot: StoredSnapshot): Promise<boolean>;
  /** @throws {PayloadError} when it is not a snapshot. */
  decode(json: unknown): Snapshot;
}

/** What one read of the store showed. */
export type StoreContent = "failed" | "empty" | "unusable" | {
  /** When the service sent or confirmed it, in ms since the epoch. */
  readonly fetchedAt: number;
  readonly snapshot: Snapshot;
};

/** A flag or segment that changed: its version, or that it was deleted at that version. */
interface Update {
  readonly version: number;
  readonly isDeleted: boolean;
}

type Versioned = Flag | Segment;

/**
 * Brings the store up to date after streamed updates (contract §8): a while after the first update that the store may lack, one
 * process of the fleet reads the store, and fetches and writes a snapshot if the update is not there.
 */
export class StreamFollower {
  readonly #context: StoreContext;
  readonly #store: FollowedStore;
  #sink: DataSink | undefined;
  /** The updates that the store may lack, by `flag:` or `segment:` and the key. */
  readonly #updates = new Map<string, Update & { readonly recordedAt: number }>();
  #filledAt = -Infinity;
  /** When the lock ends that this process got last, in ms since the epoch. */
  #lockedUntil = -Infinity;
  #status: "idle" | "waiting" | "working" | "closed" = "idle";
  #cancelTimer: CancelTimer | undefined;
  /** The date of the stored snapshot, or when this process last began to look for it or to store one, in ms since the epoch. */
  #storedAt = -Infinity;
  #cancelRelease: CancelTimer | undefined;

  constructor(context: StoreContext, store: FollowedStore) {
    this.#context = context;
    this.#store = store;
  }

  /** Returns a sink that records every update before it passes it on. */
  follow(sink: DataSink): DataSink {
    if (!this.#store.canWrite) return sink;
    this.#sink = sink;
    return new FollowedSink(sink, this);
  }

  /** Records one changed flag or segment. */
  record(name: string, update: Update): void {
    this.#updates.set(name, { ...update, recordedAt: this.#context.scheduler.now() });
    this.#schedule();
  }

  /** Records that the store was found empty or unusable: it is filled, at most once a minute. */
  storeLacksSnapshot(): void {
    if (this.#sink !== undefined) this.#schedule();
  }

  /** Cancels what is planned. */
  close(): void {
    this.#status = "closed";
    this.#cancelTimer?.();
    this.#cancelRelease?.();
  }

  #schedule(): void {
    if (this.#status !== "idle") return;
    this.#status = "waiting";
    const delay = FOLLOW_DELAY_MS + FOLLOW_SPREAD_MS * this.#context.scheduler.random();
    this.#cancelTimer = this.#context.scheduler.after(delay, () => void this.#run());
  }

  async #run(isRetry = false): Promise<void> {
    this.#status = "working";
    const lockedUntil = this.#lockedUntil;
    const isDone = await this.#bringUpToDate(isRetry);
    if (this.#status !== "working") return;
    this.#status = "idle";
    if (!isDone) this.#retry(lockedUntil === this.#lockedUntil);
    else if (this.#updates.size > 0) this.#schedule();
  }

  #retry(isRefused: boolean): void {
    this.#status = "waiting";
    const { scheduler } = this.#context;
    const left = this.#lockedUntil - scheduler.now();
    // Its own lock refused it: the others leave the store to this process.
    const isOwnLock = isRefused && left > 0 && left <= FOLLOW_LOCK_MS;
    const delay = isOwnLock ? left : FOLLOW_RETRY_MS + FOLLOW_SPREAD_MS * scheduler.random();
    this.#cancelTimer = scheduler.after(delay, () => void this.#run(true));
  }

  /** Resolves with whether nothing is left to look for again. */
  async #bringUpToDate(isRetry: boolean): Promise<boolean> {
    // Another process has probably written since. What else is new gets a try of its own: its burst may go on.
    if (isRetry && (await this.#isUpToDate() || this.#lacksOnlyNewUpdates())) return true;
    if (!this.#store.canLock) return await this.#fillIfNeeded(isRetry);
    const release = await this.#store.tryLock(FOLLOW_LOCK_MS);
    if (!release) return false;
    this.#storedAt = this.#context.scheduler.now();
    this.#lockedUntil = this.#storedAt + FOLLOW_LOCK_MS;
    const isDone = await this.#fillIfNeeded(isRetry);
    this.#releaseLater(release);
    return isDone;
  }

  /**
   * The winner keeps its lock: it shows the others that this burst is being dealt with. But readers need the lock when what is
   * stored is older than their interval.
   */
  #releaseLater(release: ReleaseLock): void {
    const { scheduler, interval, maxAge } = this.#context;
    const now = scheduler.now();
    const end = Math.max(now, this.#storedAt + Math.min(interval, maxAge));
    if (this.#status !== "working" || end >= this.#lockedUntil) return;
    this.#lockedUntil = end;
    this.#cancelRelease?.();
    this.#cancelRelease = scheduler.after(end - now, () => void release());
  }

  /** Resolves with whether the store lacks nothing that was recorded when it began. */
  async #fillIfNeeded(isRetry: boolean): Promise<boolean> {
    const isUpToDate = !isRetry && await this.#isUpToDate();
    if (isUpToDate || isUpToDate === undefined) return isUpToDate === true;
    const now = this.#context.scheduler.now();
    const isFilledLately = now >= this.#filledAt && now - this.#filledAt < FOLLOW_RETRY_MS;
    if (this.#updates.size === 0 && isFilledLately) return false;
    this.#filledAt = this.#storedAt = now;
    return this.#status === "working" && await this.#fill();
  }

  #lacksOnlyNewUpdates(): boolean {
    const since = this.#context.scheduler.now() - FOLLOW_DELAY_MS;
    const updates = [...this.#updates.values()];
    return updates.length > 0 && updates.every(({ recordedAt }) => recordedAt > since);
  }

  /** Whether the store lacks nothing that was recorded; `undefined` when it could not be read. */
  async #isUpToDate(): Promise<boolean | undefined> {
    const stored = await this.#store.read();
    if (stored === "failed") return undefined;
    if (typeof stored === "string") return false;
    this.#storedAt = stored.fetchedAt;
    this.#forget(stored.snapshot);
    return this.#updates.size === 0;
  }

  /** Writes what the service says now, or what is served, if the service does not answer or answers something older. */
  async #fill(): Promise<boolean> {
    const { http, scheduler } = this.#context;
    const fetchedAt = scheduler.now();
    let stored: StoredSnapshot | undefined;
    let snapshot: Snapshot | null | undefined;
    try {
      const { text, json, etag } = await http.getSnapshot({});
      snapshot = this.#store.decode(json);
      if (text !== undefined && this.#covers(snapshot)) stored = { fetchedAt, etag, body: text };
    } catch {
      // The data source reports outages of the service.
    }
    if (stored === undefined) {
      snapshot = this.#sink?.snapshot();
      if (snapshot === null || snapshot === undefined) return false;
      // Without an ETag: a flag that this version does not know is missing in it.
      stored = {
        fetchedAt: this.#sink?.held()?.at ?? fetchedAt,
        etag: undefined,
        body: JSON.stringify(snapshot),
      };
    }
    if (this.#status !== "working" || !await this.#store.write(stored)) return false;
    this.#forget(snapshot!);
    return true;
  }

  #covers(snapshot: Snapshot): boolean {
    return this.#coveredBy(snapshot).length === this.#updates.size;
  }

  #forget(snapshot: Snapshot): void {
    for (const name of this.#coveredBy(snapshot)) this.#updates.delete(name);
  }

  /** The recorded updates that a snapshot contains. */
  #coveredBy(snapshot: Snapshot): string[] {
    if (this.#updates.size === 0) return [];
    const served = byName(this.#sink?.snapshot() ?? snapshot);
    const stored = byName(snapshot);
    return [...this.#updates.keys()].filter((name) => {
      const { version, isDeleted } = this.#updates.get(name)!;
      const found = stored.get(name);
      if (found === undefined) return isDeleted;
      if (found.version !== version || isDeleted) return found.version > version;
      // Two edits in one second carry the same version (contract §2).
      const current = served.get(name);
      return current?.version !== version || equalJson(current, found);
    });
  }
}

function byName({ flags, segments }: Snapshot): Map<string, Versioned> {
  return new Map([
    ...flags.map((flag): [string, Versioned] => [`flag:${flag.key}`, flag]),
    ...segments.map((segment): [string, Versioned] => [`segment:${segment.key}`, segment]),
  ]);
}

/** Passes everything on, and records what changes. */
class FollowedSink implements DataSink {
  readonly #sink: DataSink;
  readonly #follower: StreamFollower;

  constructor(sink: DataSink, follower: StreamFollower) {
    this.#sink = sink;
    this.#follower = follower;
  }

  hasSnapshot(): boolean {
    return this.#sink.hasSnapshot();
  }

  flagVersion(key: string): number | undefined {
    return this.#sink.flagVersion(key);
  }

  held(): HeldSnapshot | undefined {
    return this.#sink.held();
  }

  age(): number {
    return this.#sink.age();
  }

  snapshot(): Snapshot | null {
    return this.#sink.snapshot();
  }

  replace(snapshot: Snapshot<PendingFlag>, source: SnapshotSource, at?: number): void {
    // Of a process without flags the store knows at least as much, unless it is empty, which shows when it is read.
    const before = this.#sink.held() === undefined ? null : this.#sink.snapshot();
    this.#sink.replace(snapshot, source, at);
    if (source !== "store" && before !== null) this.#recordChanges(before, this.#sink.snapshot()!);
  }

  put(flag: Flag): void {
    this.#sink.put(flag);
    if (this.#sink.hasSnapshot()) {
      this.#follower.record(`flag:${flag.key}`, { version: flag.version, isDeleted: false });
    }
  }

  remove(key: string): void {
    const version = this.#sink.flagVersion(key);
    this.#sink.remove(key);
    if (version !== undefined) this.#follower.record(`flag:${key}`, { version, isDeleted: true });
  }

  putSegment(segment: Segment): void {
    this.#sink.putSegment(segment);
    if (this.#sink.hasSnapshot()) {
      this.#follower.record(`segment:${segment.key}`, { version: segment.version, isDeleted: false });
    }
  }

  confirm(at?: number, source?: SnapshotSource): void {
    this.#sink.confirm(at, source);
  }

  fail(error: FeatureflipError): void {
    this.#sink.fail(error);
  }

  storeChanged(error: FeatureflipError | undefined): void {
    this.#sink.storeChanged(error);
  }

  modeChanged(mode: EffectiveMode, reason?: string): void {
    this.#sink.modeChanged(mode, reason);
  }

  #recordChanges(before: Snapshot, after: Snapshot): void {
    const old = byName(before);
    for (const [name, { version }] of byName(after)) {
      if (old.get(name)?.version !== version) this.#follower.record(name, { version, isDeleted: false });
      old.delete(name);
    }
    for (const [name, { version }] of old) this.#follower.record(name, { version, isDeleted: true });
  }
}
