import { flagPath } from "../contract/endpoints.ts";
import { decodeFlag } from "../contract/flag.ts";
import type { Flag } from "../contract/flag.ts";
import { GATHER_MS, GATHER_SPREAD_MS, SNAPSHOT_FROM_KEYS } from "../contract/limits.ts";
import { PayloadError } from "../contract/payload-error.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import { FeatureflipError } from "../errors/featureflip-error.ts";
import { HttpError } from "../http/http-error.ts";
import type { CancelTimer } from "../runtime/scheduler.ts";
import { createSnapshotLoader } from "../shared-store/snapshot-loader.ts";
import { createBackoff } from "./backoff.ts";
import type { DataSourceContext } from "./create.ts";
import { asFailure } from "./outage-reporter.ts";
import type { SourceLog } from "./outage-reporter.ts";
import { afterWallTime } from "./wall-clock-timeout.ts";

/**
 * Brings everything that is learnt about flags into one order, and into the store: whole flags and deletions from the
 * stream at once, flags that were only named by fetching them, snapshots from a `sync` or a `GET` (contract §4).
 */
export interface FlagUpdater {
  /** Whether the store lacks nothing that is known to have changed. */
  isClean(): boolean;
  /** The stream's first word: all that had to be fetched is in it, and what is still under way is out of date. */
  sync(snapshot: Snapshot): void;
  /** The stream said all there is to say of a flag; `null`: it is gone. */
  learn(key: string, flag: Flag | null): void;
  /** A flag was created or changed, and has to be fetched. */
  refetchFlag(key: string, version: number): void;
  /** Everything has to be fetched: after `delay` ms, by default once what changes meanwhile has gathered. */
  refetch(delay?: number): void;
  /**
   * Fetches a snapshot by a request that begins after this call; settles once it is applied, and a shared store told too.
   * It needs no `this`.
   *
   * @throws {FeatureflipError} when it did not come or was refused.
   */
  refresh(): Promise<void>;
  /** The same, but what a shared store has may do, and so does a `sync` that comes meanwhile. */
  poll(): Promise<void>;
  /** Applies what the shared store has that is newer, if there is a store, and nothing is being fetched. Never rejects. */
  readStore(): Promise<void>;
  /** Fetches nothing of its own accord until {@linkcode resume}: the key is rejected. */
  pause(): void;
  resume(): void;
  close(): void;
}

/** How a {@linkcode FlagUpdater} works. */
export interface FlagUpdaterOptions {
  readonly log: SourceLog;
  /** How old a snapshot of the shared store a poll may take instead of asking, in ms. */
  readonly maxAge: number;
  /** A fetch was answered and applied. */
  onFetched(): void;
}

/** What has to be fetched, and when that was learnt: by a fetch that begins later. */
interface Want {
  /** What was announced. */
  readonly version: number;
  readonly since: number;
}

/** Who waits for a snapshot. */
interface Waiter {
  /** Whether the service itself has to say it, by an answer to a request that begins after the call. */
  readonly isRefresh: boolean;
  settle(failure?: FeatureflipError): void;
}

/** A fetch that is under way: of a snapshot, or of one or two flags. */
interface Round {
  readonly began: number;
  /** How many of those who wait it answers, the first ones. */
  readonly answers: number;
  /** What the stream said meanwhile: whole flags, and `null` for those that are gone. */
  readonly arrivals: Map<string, Flag | null>;
  /** Whether it brought something older than what was announced. */
  isStale: boolean;
  /** What goes on behind it: telling the shared store. */
  told: Promise<void> | undefined;
}

/** How often an answer older than what was announced (a cache, a replica that lags) is not taken for the last word. */
const STALE_ANSWERS = 3;

/** Makes the order of updates. One fetch at a time is under way that counts. */
export function createFlagUpdater(
  context: DataSourceContext,
  { log, maxAge, onFetched }: FlagUpdaterOptions,
): FlagUpdater {
  const { http, sink, scheduler } = context;
  const origin = createSnapshotLoader(context, log.warn);
  const backoff = createBackoff(scheduler);
  /** Numbers what happens, in its order. */
  let tick = 0;
  /** The flags that have to be fetched. */
  const wanted = new Map<string, Want>();
  /** Since when everything has to be; 0: it has not. */
  let allWantedSince = 0;
  const waiters: Waiter[] = [];
  let round: Round | undefined;
  let cancelTimer: CancelTimer | undefined;
  /** The last snapshot's, as long as the store is known to be that snapshot and nothing else. */
  let etag: string | undefined;
  let paused = false;
  let closed = false;

  /** Whether nothing is known to have changed that has not been fetched. */
  function isCaughtUp(): boolean {
    return wanted.size === 0 && allWantedSince === 0;
  }

  function isClean(): boolean {
    return round === undefined && isCaughtUp();
  }

  /** Goes on: at once for those who wait; for what has changed after `delay`, which a wait already under way overrides. */
  function proceed(delay?: number): void {
    if (closed) return settle(waiters, closedError());
    if (round !== undefined) return;
    if (waiters.length > 0) return void fetchNext();
    if (paused || isCaughtUp() || cancelTimer !== undefined) return;
    const gathering = GATHER_MS + GATHER_SPREAD_MS * scheduler.random();
    cancelTimer = afterWallTime(scheduler, delay ?? gathering, fetchNext);
  }

  function cancelWait(): void {
    cancelTimer?.();
    cancelTimer = undefined;
  }

  async function fetchNext(): Promise<void> {
    cancelWait();
    const mine: Round = round = {
      began: ++tick,
      answers: waiters.length,
      arrivals: new Map(),
      isStale: false,
      told: undefined,
    };
    const keys = [...wanted.keys()];
    const paths = keys.map(flagPath);
    const isWhole = allWantedSince > 0 || waiters.length > 0 || keys.length >= SNAPSHOT_FROM_KEYS ||
      !sink.hasSnapshot() || paths.includes(null);
    let failure: FeatureflipError | undefined;
    const fetches = isWhole ? [fetchWhole(mine)] : keys.map((key, at) => fetchFlag(mine, key, paths[at]!));
    await Promise.all(fetches.map((fetch) => fetch.catch((error) => failure ??= asFailure(error))));
    if (round !== mine) return; // a sync overtook it, or close()
    round = undefined;
    const answered = waiters.splice(0, mine.answers);
    if (failure === undefined) {
      if (!mine.isStale) backoff.reset();
      void Promise.resolve(mine.told).then(() => settle(answered));
      onFetched();
      return proceed(mine.isStale ? backoff.next() : undefined);
    }
    log.failed(failure, answered.some(({ isRefresh }) => isRefresh) && isCaughtUp());
    settle(answered, failure);
    proceed(backoff.next(failure));
  }

  async function fetchWhole(mine: Round): Promise<void> {
    const isPoll = waiters.length > 0 && !waiters.some(({ isRefresh }) => isRefresh);
    const { snapshot, storedAt, ...answer } = await origin.get({
      etag,
      // Only a poll has nothing to learn but what a store may know as well: all else has heard of a change.
      maxAge: isPoll && isCaughtUp() ? maxAge : undefined,
      behind: (work) => mine.told = work,
    });
    if (round !== mine) return;
    if (allWantedSince < mine.began) allWantedSince = 0;
    if (snapshot !== undefined) {
      const source = storedAt !== undefined ? "store" : isPoll ? "poll" : "fetch";
      sink.replace({ ...snapshot, flags: reconcileAll(mine, snapshot.flags) }, source, storedAt);
      etag = mine.arrivals.size === 0 && isCaughtUp() ? answer.etag : undefined;
    }
    if (isCaughtUp()) sink.confirm(storedAt);
  }

  function reconcileAll(mine: Round, flags: readonly Flag[]): readonly Flag[] {
    const keys = [...mine.arrivals.keys(), ...wanted.keys()];
    if (keys.length === 0) return flags;
    const byKey = new Map(flags.map((flag) => [flag.key, flag]));
    for (const key of keys) {
      const flag = reconcile(mine, key, byKey.get(key));
      if (flag === undefined) byKey.delete(key);
      else byKey.set(key, flag);
    }
    return [...byKey.values()];
  }

  async function fetchFlag(mine: Round, key: string, path: string): Promise<void> {
    let fetched: Flag | undefined;
    try {
      const { json } = await http.getFlag(path);
      if (round !== mine) return;
      // Of one that names what this version does not know, the stored copy stays.
      fetched = decodeFlag(json, log.warn) ?? undefined;
    } catch (error) {
      if (round !== mine || mine.arrivals.has(key)) return;
      if (!(error instanceof HttpError && error.status === 404)) throw error;
      // A proxy that has lost its way answers 404 too: only a snapshot takes a flag away.
      if (sink.flagVersion(key) !== undefined) allWantedSince = ++tick;
    }
    if (fetched !== undefined && fetched.key !== key) {
      throw new PayloadError("key", "must be the flag's that was asked for");
    }
    const flag = reconcile(mine, key, fetched);
    if (flag !== undefined && flag === fetched) sink.put(flag);
  }

  /**
   * Says what to store of a flag that was fetched. The answer may have been made before or after what the stream said
   * meanwhile, and versions tell only when they differ. In doubt the stream is right: it tells of every change in its
   * turn, so what it has not told of yet is still to come (contract §4, order).
   */
  function reconcile(mine: Round, key: string, fetched: Flag | undefined): Flag | undefined {
    const want = wanted.get(key);
    if (want !== undefined && want.since < mine.began) {
      if (fetched !== undefined && fetched.version < want.version && backoff.failures < STALE_ANSWERS) {
        mine.isStale = true;
      } else wanted.delete(key);
    }
    const arrived = mine.arrivals.get(key);
    if (arrived === undefined) return fetched;
    if (arrived === null) return undefined;
    return fetched !== undefined && fetched.version > arrived.version ? fetched : arrived;
  }

  function fetchSnapshot(isRefresh: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      waiters.push({ isRefresh, settle: (failure) => failure === undefined ? resolve() : reject(failure) });
      proceed();
    });
  }

  return {
    isClean,
    sync(snapshot) {
      cancelWait();
      wanted.clear();
      allWantedSince = 0;
      paused = false;
      etag = round = undefined;
      backoff.reset();
      // Polls have what they came for. It may be older than a call of refresh(), though, and so may what that fetches.
      const all = waiters.splice(0);
      waiters.push(...all.filter(({ isRefresh }) => isRefresh));
      // Only then: a listener that is told of the flags may refresh at once, and counts those who wait.
      sink.replace(snapshot, "stream");
      sink.confirm();
      settle(all.filter(({ isRefresh }) => !isRefresh));
      proceed();
    },
    learn(key, flag) {
      etag = undefined;
      // What is fetched of it, or waits to be, has lost its say.
      wanted.delete(key);
      round?.arrivals.set(key, flag);
      if (flag === null) sink.remove(key);
      else if (sink.hasSnapshot()) sink.put(flag);
    },
    refetchFlag(key, version) {
      etag = undefined;
      wanted.set(key, { version: Math.max(version, wanted.get(key)?.version ?? 0), since: ++tick });
      proceed();
    },
    refetch(delay) {
      etag = undefined;
      allWantedSince = ++tick;
      proceed(delay);
    },
    refresh: () => fetchSnapshot(true),
    poll: () => fetchSnapshot(false),
    async readStore() {
      // With nothing to serve anything will do: what is being fetched may not come, and replaces it if it does.
      const isWelcome = (): boolean => isClean() || !sink.hasSnapshot();
      if (!isWelcome()) return;
      const answer = await origin.stored({ etag });
      if (closed || answer === undefined || !isWelcome()) return;
      // The service may have spoken while the store was read.
      const held = sink.held();
      if (held !== undefined && answer.storedAt! <= held.at) return;
      sink.replace(answer.snapshot!, "store", answer.storedAt);
      etag = answer.etag;
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
      round = undefined;
      proceed();
    },
  };
}

function settle(waiters: readonly Waiter[], failure?: FeatureflipError): void {
  for (const waiter of waiters) waiter.settle(failure);
}

function closedError(): FeatureflipError {
  return new FeatureflipError("CLIENT_CLOSED", "The client is closed");
}
