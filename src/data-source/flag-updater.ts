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
import { createSnapshotOrigin } from "./snapshot-origin.ts";
import type { SourceLog } from "./source-log.ts";

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

/** One fetch: of a snapshot, or of one or two flags. */
interface Round {
  /** Whether everything has to be fetched. */
  all: boolean;
  /** The flags that have to be, with the versions that were announced. */
  readonly wanted: Map<string, number>;
  /** Who asked for a snapshot, though nothing may have changed; a `refresh()` counts for more. */
  asker: "poll" | "fetch" | undefined;
  readonly waiters: ((failure?: FeatureflipError) => void)[];
  /** What the stream said while it was under way: whole flags, and `null` for those that are gone. */
  readonly arrivals: Map<string, Flag | null>;
  /** Whether it brought something older than what was announced. */
  stale: boolean;
  /** What goes on behind it: telling the shared store. */
  readonly behind: Promise<void>[];
}

/** Names are gathered for 100–250 ms before they are fetched (contract §4). */
const GATHER_MS = 100;
const GATHER_SPREAD_MS = 150;
/** From here on one snapshot costs less than so many flags (contract §4). */
const SNAPSHOT_FROM_KEYS = 3;
/** How often an answer older than what was announced (a cache, a replica that lags) is not taken for the last word. */
const STALE_ANSWERS = 3;

/** Makes the order of updates. One fetch at a time is under way that counts. */
export function createFlagUpdater(
  context: DataSourceContext,
  { log, maxAge, onFetched }: FlagUpdaterOptions,
): FlagUpdater {
  const { http, sink, scheduler } = context;
  const origin = createSnapshotOrigin(context, log.warn);
  const backoff = createBackoff(scheduler);
  /** What gathers for the next fetch, and the one under way. */
  let next = newRound();
  let round: Round | undefined;
  let cancelTimer: CancelTimer | undefined;
  /** The last snapshot's, as long as the store is known to be that snapshot and nothing else. */
  let etag: string | undefined;
  let paused = false;
  let closed = false;

  /** Whether nothing is known to have changed that no fetch has been made for. */
  function isCaughtUp(): boolean {
    return next.wanted.size === 0 && !next.all;
  }

  function isClean(): boolean {
    return round === undefined && isCaughtUp();
  }

  function want(key: string, version: number): void {
    next.wanted.set(key, Math.max(version, next.wanted.get(key) ?? 0));
  }

  /** Goes on: at once for those who wait; for what has changed after `delay`, which a wait already under way overrides. */
  function proceed(delay?: number): void {
    if (closed) return settle(next, closedError());
    if (round !== undefined) return;
    if (next.waiters.length > 0) return void fetchNext();
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
    const mine = round = next;
    next = newRound();
    const keys = [...mine.wanted.keys()];
    const paths = keys.map(flagPath);
    const whole = mine.all || mine.asker !== undefined || keys.length >= SNAPSHOT_FROM_KEYS ||
      !sink.hasSnapshot() || paths.includes(null);
    let failure: FeatureflipError | undefined;
    const fetches = whole ? [fetchWhole(mine)] : keys.map((key, at) => fetchFlag(mine, key, paths[at]!));
    await Promise.all(fetches.map((fetch) => fetch.catch((error) => failure ??= asFailure(error))));
    if (round !== mine) return; // a sync overtook it, or close()
    round = undefined;
    if (failure === undefined) {
      if (!mine.stale) backoff.reset();
      void Promise.all(mine.behind).then(() => settle(mine));
      onFetched();
      return proceed(mine.stale ? backoff.next() : undefined);
    }
    next.all ||= mine.all;
    for (const [key, version] of mine.wanted) want(key, version);
    settle(mine, failure);
    log.failed(failure, mine.asker === "fetch" && isCaughtUp());
    proceed(backoff.next(failure));
  }

  async function fetchWhole(mine: Round): Promise<void> {
    // Only a poll has nothing to learn but what a store may know as well: all else has heard of a change.
    const isPoll = mine.asker === "poll" && !mine.all && mine.wanted.size === 0;
    const { snapshot, storedAt, ...answer } = await origin.get({
      etag,
      maxAge: isPoll ? maxAge : undefined,
      behind: (work) => void mine.behind.push(work),
    });
    if (round !== mine) return;
    if (snapshot !== undefined) {
      const flags = new Map(snapshot.flags.map((flag) => [flag.key, flag]));
      for (const key of [...mine.arrivals.keys(), ...mine.wanted.keys(), ...next.wanted.keys()]) {
        const flag = reconcile(mine, key, flags.get(key));
        if (flag === undefined) flags.delete(key);
        else flags.set(key, flag);
      }
      const source = storedAt === undefined ? mine.asker ?? "fetch" : "store";
      sink.replace({ ...snapshot, flags: [...flags.values()] }, source, storedAt);
      etag = mine.arrivals.size === 0 && isCaughtUp() ? answer.etag : undefined;
    }
    if (isCaughtUp()) sink.confirm(storedAt);
  }

  async function fetchFlag(mine: Round, key: string, path: string): Promise<void> {
    let fetched: Flag | null = null;
    try {
      const { json } = await http.getFlag(path);
      if (round !== mine) return;
      fetched = decodeFlag(json, log.warn);
    } catch (error) {
      if (round !== mine || mine.arrivals.has(key)) return;
      if (!(error instanceof HttpError && error.status === 404)) throw error;
      // A proxy that has lost its way answers 404 too: only a snapshot takes a flag away.
      if (sink.flagVersion(key) !== undefined) next.all = true;
    }
    // Of one that names what this version does not know, the stored copy stays.
    if (fetched !== null) {
      if (fetched.key !== key) throw new PayloadError("key", "must be the flag's that was asked for");
      if (reconcile(mine, key, fetched) === fetched) sink.put(fetched);
    }
    mine.wanted.delete(key);
  }

  /**
   * Says what to store of a flag that was fetched. The answer may have been made before or after what the stream said
   * meanwhile, and versions tell only when they differ. In doubt the stream is right: it tells of every change in its
   * turn, so what it has not told of yet is still to come (contract §4, order).
   */
  function reconcile(mine: Round, key: string, fetched: Flag | undefined): Flag | undefined {
    const arrived = mine.arrivals.get(key);
    if (arrived === null) return undefined;
    if (fetched === undefined) return arrived;
    if (arrived !== undefined && arrived.version >= fetched.version) return arrived;
    const announced = mine.wanted.get(key) ?? 0;
    if (fetched.version < announced && backoff.failures < STALE_ANSWERS) {
      mine.stale = true;
      want(key, announced);
    }
    if (fetched.version > (next.wanted.get(key) ?? Infinity)) next.wanted.delete(key);
    return fetched;
  }

  function fetchSnapshot(asker: "poll" | "fetch"): Promise<void> {
    if (next.asker !== "fetch") next.asker = asker;
    return new Promise((resolve, reject) => {
      next.waiters.push((failure) => failure === undefined ? resolve() : reject(failure));
      proceed();
    });
  }

  return {
    isClean,
    sync(snapshot) {
      cancelWait();
      next.wanted.clear();
      next.all = paused = false;
      etag = undefined;
      backoff.reset();
      const overtaken = round;
      round = undefined;
      sink.replace(snapshot, "stream");
      sink.confirm();
      if (overtaken?.asker === "fetch") {
        // Its answer may be older than the call, and so may the sync.
        next.asker = "fetch";
        next.waiters.push(...overtaken.waiters);
      } else if (overtaken !== undefined) settle(overtaken);
      proceed();
    },
    learn(key, flag) {
      etag = undefined;
      // What is fetched of it, or waits to be, has lost its say.
      next.wanted.delete(key);
      round?.wanted.delete(key);
      round?.arrivals.set(key, flag);
      if (flag === null) sink.remove(key);
      else if (sink.hasSnapshot()) sink.put(flag);
    },
    refetchFlag(key, version) {
      etag = undefined;
      want(key, version);
      proceed();
    },
    refetch(delay) {
      etag = undefined;
      next.all = true;
      proceed(delay);
    },
    refresh: () => fetchSnapshot("fetch"),
    poll: () => fetchSnapshot("poll"),
    async readStore() {
      if (!isClean()) return;
      const answer = await origin.stored({ etag });
      if (closed || answer === undefined || !isClean()) return;
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
      if (round !== undefined) settle(round, closedError());
      round = undefined;
      proceed();
    },
  };
}

function newRound(): Round {
  return {
    all: false,
    wanted: new Map(),
    asker: undefined,
    waiters: [],
    arrivals: new Map(),
    stale: false,
    behind: [],
  };
}

function settle(round: Round, failure?: FeatureflipError): void {
  for (const waiter of round.waiters) waiter(failure);
}

function closedError(): FeatureflipError {
  return new FeatureflipError("CLIENT_CLOSED", "The client is closed: nothing is fetched any more");
}
