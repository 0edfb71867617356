import type { Warn } from "../contract/decode.ts";
import { flagPath } from "../contract/endpoints.ts";
import { decodeFlag } from "../contract/flag.ts";
import type { Flag } from "../contract/flag.ts";
import { PayloadError } from "../contract/payload-error.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import { FeatureflipError } from "../errors/featureflip-error.ts";
import { HttpError } from "../http/http-error.ts";
import type { CancelTimer } from "../runtime/scheduler.ts";
import { afterWallTime } from "./after-wall-time.ts";
import { asFailure } from "./as-failure.ts";
import { createBackoff } from "./backoff.ts";
import type { DataSourceContext } from "./create-data-source.ts";
import type { SnapshotSource } from "./data-source.ts";
import { createSnapshotOrigin } from "./snapshot-origin.ts";

/**
 * Brings everything that is learnt about flags into one order, and into the store: whole flags and deletions from the
 * stream at once, flags that were only named by fetching them, snapshots from a `sync` or a `GET` (contract §4).
 */
export interface FlagUpdater {
  /** Whether the store lacks nothing that is known to have changed. */
  isClean(): boolean;
  /** The stream's first word: all that had to be fetched is in it, and what is still under way is out of date. */
  sync(snapshot: Snapshot): void;
  /** A flag was created or changed; without `flag`, it has yet to be fetched. */
  changed(key: string, version: number, flag: Flag | null): void;
  deleted(key: string): void;
  /** Everything has to be fetched: after `delay` ms, by default once what changes meanwhile has gathered. */
  refetch(delay?: number): void;
  /**
   * Fetches a snapshot once, by a request that begins after this call; settles once a shared store has been told too.
   *
   * @returns Whether it was applied; `false` when a `sync` overtook it.
   * @throws {FeatureflipError} when it did not come or was refused.
   */
  fetchSnapshot(source: SnapshotSource): Promise<boolean>;
  /** Applies what the shared store has that is newer, if there is a store, and nothing is being fetched. Never rejects. */
  readStore(): Promise<void>;
  /** Tells the shared store what a `sync` brought. */
  share(body: string): void;
  /** Fetches nothing of its own accord until {@linkcode resume}: the key is rejected. */
  pause(): void;
  resume(): void;
  close(): void;
}

/** What a {@linkcode FlagUpdater} works with. */
export interface FlagUpdaterContext
  extends Pick<DataSourceContext, "http" | "sink" | "scheduler" | "shared"> {
  readonly warn: Warn;
  /** How old a snapshot of the shared store a poll may take instead of asking, in ms; 0 by default. */
  readonly maxAge?: number;
  /** A fetch was answered and applied. */
  onFetched(): void;
  onFailed(error: FeatureflipError): void;
}

interface Waiter {
  readonly source: SnapshotSource;
  resolve(applied: boolean): void;
  reject(error: FeatureflipError): void;
}

/** One fetch: of a snapshot, or of one or two flags. */
interface Round {
  readonly waiters: readonly Waiter[];
  /** The flags that it is to bring, with the versions that were announced. */
  readonly wanted: ReadonlyMap<string, number>;
  /** What the stream said meanwhile: whole flags, and `null` for those that it said were deleted. */
  readonly arrivals: Map<string, Flag | null>;
  /** Whether all who wait for it poll, and nothing else asks for it. */
  readonly isPoll: boolean;
  /** Whether it brought something older than what was announced. */
  stale: boolean;
  /** Ends once a shared store has been told of what it brought; never rejects. */
  stored: Promise<void> | undefined;
}

/** Names are gathered for 100–250 ms before they are fetched (contract §4). */
const GATHER_MS = 100;
const GATHER_SPREAD_MS = 150;
/** From here on one snapshot costs less than so many flags (contract §4). */
const SNAPSHOT_FROM_KEYS = 3;
/** How often an answer older than what was announced (a cache, a replica that lags) is not taken for the last word. */
const STALE_ANSWERS = 3;

/** Makes the order of updates. One fetch at a time is under way that counts. */
export function createFlagUpdater(context: FlagUpdaterContext): FlagUpdater {
  const { http, sink, scheduler, shared, warn, maxAge = 0 } = context;
  const origin = createSnapshotOrigin(context, warn);
  const backoff = createBackoff(scheduler);
  /** What has to be fetched: flags, with the versions that were announced, or everything. */
  let dirty = new Map<string, number>();
  let allDirty = false;
  let waiters: Waiter[] = [];
  let round: Round | undefined;
  let cancelTimer: CancelTimer | undefined;
  /** The last snapshot's, as long as the store is known to be that snapshot and nothing else. */
  let etag: string | undefined;
  let paused = false;
  let closed = false;

  function isClean(): boolean {
    return dirty.size === 0 && !allDirty && round === undefined;
  }

  function markDirty(key: string, version: number): void {
    dirty.set(key, Math.max(version, dirty.get(key) ?? 0));
  }

  /** Goes on: at once for those who wait; for what is dirty after `delay`, which a wait already under way overrides. */
  function proceed(delay?: number): void {
    if (closed || round !== undefined) return;
    if (waiters.length > 0) return void fetchDirty();
    if (paused || isClean() || cancelTimer !== undefined) return;
    const gathering = GATHER_MS + GATHER_SPREAD_MS * scheduler.random();
    cancelTimer = afterWallTime(scheduler, delay ?? gathering, fetchDirty);
  }

  function cancelWait(): void {
    cancelTimer?.();
    cancelTimer = undefined;
  }

  async function fetchDirty(): Promise<void> {
    cancelWait();
    const wasAllDirty = allDirty;
    const isPoll = !wasAllDirty && waiters.every(({ source }) => source === "poll");
    const mine: Round = round = {
      waiters,
      wanted: dirty,
      arrivals: new Map(),
      isPoll,
      stale: false,
      stored: undefined,
    };
    waiters = [];
    dirty = new Map();
    allDirty = false;
    const keys = [...mine.wanted.keys()];
    const whole = wasAllDirty || mine.waiters.length > 0 || keys.length >= SNAPSHOT_FROM_KEYS ||
      !sink.hasSnapshot() || keys.some((key) => flagPath(key) === null);
    const results = await Promise.allSettled(
      whole ? [fetchWhole(mine)] : keys.map((key) => fetchOne(mine, key)),
    );
    if (round !== mine) return; // a sync overtook it, or close()
    round = undefined;
    const rejected = results.find((result) => result.status === "rejected");
    if (rejected === undefined) {
      if (!mine.stale) backoff.reset();
      const resolve = (): void => mine.waiters.forEach((waiter) => waiter.resolve(true));
      if (mine.stored === undefined) resolve();
      else void mine.stored.then(resolve);
      context.onFetched();
      return proceed(mine.stale ? backoff.next() : undefined);
    }
    const failure = asFailure(rejected.reason);
    allDirty ||= wasAllDirty;
    if (whole) {
      for (const [key, version] of mine.wanted) if (!mine.arrivals.has(key)) markDirty(key, version);
    }
    for (const waiter of mine.waiters) waiter.reject(failure);
    context.onFailed(failure);
    proceed(backoff.next(failure));
  }

  async function fetchWhole(mine: Round): Promise<void> {
    // Only a poll has nothing to learn but what a store may know as well: all else has heard of a change.
    const isPoll = mine.isPoll && mine.wanted.size === 0;
    const answer = await (isPoll ? origin.look({ etag, maxAge }) : origin.fetch({ etag }));
    mine.stored = answer.stored;
    if (round !== mine) return;
    const { snapshot, storedAt } = answer;
    if (snapshot !== undefined) {
      const flags = new Map(snapshot.flags.map((flag) => [flag.key, flag]));
      for (const key of new Set([...mine.arrivals.keys(), ...mine.wanted.keys(), ...dirty.keys()])) {
        const flag = settle(mine, key, flags.get(key));
        if (flag === undefined) flags.delete(key);
        else flags.set(key, flag);
      }
      const source = storedAt === undefined ? mine.waiters[0]?.source ?? "fetch" : "store";
      sink.replace({ ...snapshot, flags: [...flags.values()] }, source, storedAt);
      etag = mine.arrivals.size > 0 || dirty.size > 0 || allDirty ? undefined : answer.etag;
    }
    if (dirty.size === 0 && !allDirty) sink.confirm(storedAt);
  }

  async function fetchOne(mine: Round, key: string): Promise<void> {
    try {
      const { json } = await http.getFlag(key);
      if (round !== mine) return;
      const fetched = decodeFlag(json, warn);
      if (fetched === null) return; // names what this version does not know: the stored copy stays
      if (fetched.key !== key) throw new PayloadError("key", `must be the flag's that was asked for`);
      if (settle(mine, key, fetched) === fetched) sink.put(fetched);
    } catch (error) {
      if (round !== mine || mine.arrivals.has(key)) return;
      if (!(error instanceof HttpError && error.status === 404)) {
        markDirty(key, mine.wanted.get(key)!);
        throw error;
      }
      // A proxy that has lost its way answers 404 too: only a snapshot takes a flag away.
      if (sink.flagVersion(key) !== undefined) allDirty = true;
    }
  }

  /**
   * Says what to store of a flag that was fetched. The answer may have been made before or after what the stream said
   * meanwhile, and versions tell only when they differ. In doubt the stream is right: it tells of every change in its
   * turn, so what it has not told of yet is still to come (contract §4, order).
   */
  function settle(mine: Round, key: string, fetched: Flag | undefined): Flag | undefined {
    const arrived = mine.arrivals.get(key);
    if (arrived === null) return undefined;
    if (fetched === undefined) return arrived;
    if (arrived !== undefined && arrived.version >= fetched.version) return arrived;
    const wanted = mine.wanted.get(key) ?? 0;
    if (fetched.version < wanted && backoff.failures < STALE_ANSWERS) {
      mine.stale = true;
      markDirty(key, wanted);
    }
    if (fetched.version > (dirty.get(key) ?? Infinity)) dirty.delete(key);
    return fetched;
  }

  /** The stream said all there is to say of a flag, so what is fetched of it or waits to be has lost its say. */
  function arrive(key: string, flag: Flag | null): void {
    etag = undefined;
    dirty.delete(key);
    round?.arrivals.set(key, flag);
  }

  return {
    isClean,
    sync(snapshot) {
      cancelWait();
      dirty.clear();
      allDirty = paused = false;
      etag = undefined;
      backoff.reset();
      const overtaken = round?.waiters ?? [];
      round = undefined;
      sink.replace(snapshot, "stream");
      sink.confirm();
      for (const waiter of overtaken) waiter.resolve(false);
      proceed();
    },
    changed(key, version, flag) {
      if (flag === null) {
        etag = undefined;
        markDirty(key, version);
        proceed();
      } else {
        arrive(key, flag);
        if (sink.hasSnapshot()) sink.put(flag);
      }
    },
    deleted(key) {
      arrive(key, null);
      sink.remove(key);
    },
    refetch(delay) {
      etag = undefined;
      allDirty = true;
      proceed(delay);
    },
    fetchSnapshot(source) {
      return new Promise((resolve, reject) => {
        if (closed) return reject(closedError());
        waiters.push({ source, resolve, reject });
        proceed();
      });
    },
    async readStore() {
      const before = round;
      const answer = await origin.stored({ etag });
      if (closed || answer?.snapshot === undefined || !isClean() || before !== undefined) return;
      // The service may have spoken while the store was read.
      const held = sink.held();
      if (held !== undefined && answer.storedAt! <= held.at) return;
      sink.replace(answer.snapshot, "store", answer.storedAt);
      etag = answer.etag;
    },
    share(body) {
      void shared?.write({ fetchedAt: scheduler.now(), etag: undefined, body });
    },
    pause() {
      paused = true;
      cancelWait();
    },
    resume() {
      paused = false;
      proceed();
    },
    close() {
      closed = true;
      cancelWait();
      for (const waiter of [...waiters, ...round?.waiters ?? []]) waiter.reject(closedError());
      round = undefined;
    },
  };
}

function closedError(): FeatureflipError {
  return new FeatureflipError("CLIENT_CLOSED", "The client is closed: nothing is fetched any more");
}
