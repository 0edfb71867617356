import { decodeFlag } from "../contract/flag.ts";
import type { Flag, PendingFlag } from "../contract/flag.ts";
import { GATHER_MS, GATHER_SPREAD_MS, SNAPSHOT_FROM_KEYS } from "../contract/limits.ts";
import { PayloadError } from "../contract/payload-error.ts";
import type { Segment, Snapshot } from "../contract/snapshot.ts";
import { flagPath } from "../contract/wire.ts";
import { FeatureflipError } from "../errors/featureflip-error.ts";
import { RequestError } from "../errors/request-error.ts";
import { afterWallTime } from "../runtime/scheduler.ts";
import type { CancelTimer } from "../runtime/scheduler.ts";
import { createServiceLoader } from "../shared-store/snapshot-loader.ts";
import type { SnapshotIdentity, SnapshotLoader } from "../shared-store/snapshot-loader.ts";
import type { SnapshotSource } from "../store/flag-state.ts";
import { createBackoff } from "./backoff.ts";
import type { Backoff } from "./backoff.ts";
import type { DataSourceContext } from "./data-source.ts";
import { FetchRound } from "./fetch-round.ts";
import { toFailure } from "./outage-reporter.ts";
import type { OutageReporter } from "./outage-reporter.ts";
import { PendingChanges } from "./pending-changes.ts";

/** Options of a {@linkcode FlagUpdater}. */
export interface FlagUpdaterOptions {
  readonly reporter: OutageReporter;
  /** How old a snapshot of the shared store a poll may use instead of a request, in ms. */
  readonly maxAge: number;
  /** Called when a fetch has been answered and applied. */
  onFetched(): void;
}

/** Settles the promise of a caller who waits for a snapshot. */
type Waiter = (failure?: FeatureflipError) => void;

/** How often in a row an answer older than what was announced (a cache, a lagging replica) is fetched again. */
const STALE_ANSWERS = 3;

/**
 * Brings all updates into one order and into the flag state: flags and deletions from the stream at once, flags that were
 * only named by fetching them, snapshots from a `sync` or a `GET` (contract §4). At most one fetch that counts is in
 * flight.
 */
export class FlagUpdater {
  readonly #context: DataSourceContext;
  readonly #options: FlagUpdaterOptions;
  readonly #serviceLoader: SnapshotLoader;
  readonly #backoff: Backoff;
  /** What the next fetch has to bring. */
  #pending = new PendingChanges();
  /** Callers of `poll()`. */
  readonly #polls: Waiter[] = [];
  /** Callers of `refresh()`: only a response to a request that begins after the call counts. */
  readonly #refreshes: Waiter[] = [];
  #isPaused = false;
  #isClosed = false;
  #round: FetchRound | undefined;
  #cancelTimer: CancelTimer | undefined;
  /** When the flags were confirmed last, in ms since the epoch; `undefined` before anybody asked. */
  #confirmedAt: number | undefined;
  #newestVersion: number | undefined;
  /** The last snapshot's, as long as the flag state is known to be exactly that snapshot. */
  #held: SnapshotIdentity | undefined;

  /** Creates an updater. Nothing is fetched before the first announced change or call. */
  constructor(context: DataSourceContext, options: FlagUpdaterOptions) {
    this.#context = context;
    this.#options = options;
    this.#serviceLoader = createServiceLoader(
      context.http,
      options.reporter.warn,
      () => this.#newestVersion,
    );
    this.#backoff = createBackoff(context.scheduler);
  }

  /** Whether every change that was announced has been applied. */
  get isClean(): boolean {
    return this.#round === undefined && this.#pending.isEmpty;
  }

  /** The newest version among the flags, segments and snapshots of the service that were applied. */
  get newestVersion(): number | undefined {
    return this.#newestVersion;
  }

  /** The text that the flags came from, as long as nothing else was applied or announced since. */
  get heldText(): string | undefined {
    return this.#held?.text;
  }

  /** How long nothing has confirmed the flags, in ms; before the first confirmation, since the first call. */
  unconfirmedFor(): number {
    const now = this.#context.scheduler.now();
    // A date ahead of now shows that the clock was set back: the time counts from here.
    this.#confirmedAt = Math.min(this.#confirmedAt ?? now, now);
    return now - this.#confirmedAt;
  }

  /** Records that the flags are current, as of now or as of a date of the shared store. */
  confirm(at: number = this.#context.scheduler.now(), source?: SnapshotSource): void {
    this.#confirmedAt = Math.max(this.#confirmedAt ?? at, at);
    this.#context.sink.confirm(at, source);
  }

  /**
   * Applies a stream's `sync`: it covers all pending changes, and outdates a fetch in flight. Without a snapshot its text is
   * the held one.
   */
  sync(snapshot: Snapshot | undefined, text?: string): void {
    this.#cancelWait();
    this.#pending = new PendingChanges();
    this.#isPaused = false;
    this.#round = undefined;
    this.#backoff.reset();
    // A sync answers polls. It may be older than a call of refresh(), though, and so may a fetch in flight.
    const polls = this.#polls.splice(0);
    // Only now: a listener of the update may call refresh() at once, which looks at the waiters.
    if (snapshot !== undefined) this.#replace(snapshot, "stream", { text });
    this.confirm(undefined, "stream");
    settle(polls);
    this.#proceed();
  }

  /**
   * Applies a flag, or (`null`) its deletion, that the stream sent. If it only named the flag, fetches it once what changes
   * meanwhile has gathered.
   */
  receiveFlag(key: string, version: number, flag?: Flag | null): void {
    if (flag === undefined) return this.#announce("flags", key, version);
    const { sink } = this.#context;
    this.#arrive("flags", key, version);
    this.#round?.arrive(key, flag);
    if (flag === null) sink.remove(key, version);
    else sink.put(flag);
  }

  /** Applies a segment that the stream sent. If it only named the segment, fetches everything until it has this version. */
  receiveSegment(key: string, version: number, segment?: Segment): void {
    if (segment === undefined) return this.#announce("segments", key, version);
    this.#arrive("segments", key, version);
    this.#round?.arriveSegment(segment);
    this.#context.sink.putSegment(segment);
  }

  /** Fetches everything after `delay` ms, by default once what changes meanwhile has gathered. */
  refetch(delay?: number): void {
    this.#held = undefined;
    this.#pending.includesAll = true;
    this.#proceed(delay);
  }

  /**
   * Fetches a snapshot by a request that begins after this call. Settles once it is applied and written to a shared store.
   *
   * @throws {FeatureflipError} when it did not arrive or was refused.
   */
  refresh(): Promise<void> {
    return this.#fetchSnapshot(this.#refreshes);
  }

  /**
   * Fetches a snapshot like {@linkcode refresh}, but a recent one of a shared store is enough, and so is a `sync` that
   * arrives meanwhile. A write to the store goes on afterwards.
   */
  poll(): Promise<void> {
    return this.#fetchSnapshot(this.#polls);
  }

  /** Applies a newer snapshot of the shared store, if there is one and nothing is being fetched. Never rejects. */
  async readStore(): Promise<void> {
    const { sink } = this.#context;
    // Without flags any will do: the fetch in flight may fail, and replaces them if it does not.
    const isWelcome = (): boolean => this.isClean || !sink.hasSnapshot();
    if (!isWelcome()) return;
    const answer = await this.#context.shared?.stored({ ...this.#held });
    if (this.#isClosed || answer === undefined || !isWelcome()) return;
    // The service may have answered while the store was read.
    const held = sink.held();
    if (held !== undefined && answer.storedAt! <= held.at) return;
    const { snapshot, storedAt, etag, text } = answer;
    this.#replace(snapshot!, "store", { etag, text }, storedAt);
  }

  /** Stops fetching for pending changes until {@linkcode resume} or a `sync`: the key is rejected. */
  pause(): void {
    this.#isPaused = true;
    this.#cancelWait();
  }

  /** Goes on with pending changes. */
  resume(): void {
    this.#isPaused = false;
    this.#proceed();
  }

  /** Ends everything: what waits rejects, and nothing is applied afterwards. */
  close(): void {
    this.#isClosed = true;
    this.#cancelWait();
    this.#round = undefined;
    this.#proceed();
  }

  #fetchSnapshot(waiters: Waiter[]): Promise<void> {
    return new Promise((resolve, reject) => {
      waiters.push((failure) => failure === undefined ? resolve() : reject(failure));
      this.#proceed();
    });
  }

  /** Whatever is being fetched of what has arrived, or waits to be, is outdated. */
  #arrive(kind: "flags" | "segments", key: string, version: number): void {
    this.#held = undefined;
    this.#noteVersion(version);
    this.#pending[kind].delete(key);
    this.#round?.announced[kind].delete(key);
  }

  /** Adds a change to those that have to be fetched. A fetch in flight may have been answered before it. */
  #announce(kind: "flags" | "segments", key: string, version: number): void {
    const pending = this.#pending[kind];
    const inFlight = this.#round?.announced[kind];
    pending.set(key, Math.max(version, pending.get(key) ?? inFlight?.get(key) ?? 0));
    inFlight?.delete(key);
    this.#held = undefined;
    this.#proceed();
  }

  /** Starts the next fetch: at once for callers; for pending changes after `delay`, unless a timer is already set. */
  #proceed(delay?: number): void {
    if (this.#isClosed) {
      const failure = new FeatureflipError("CLIENT_CLOSED", "The client is closed");
      return settle([...this.#polls.splice(0), ...this.#refreshes.splice(0)], failure);
    }
    if (this.#round !== undefined) return;
    if (this.#polls.length + this.#refreshes.length > 0) return void this.#fetchNext();
    const isIdle = this.#isPaused || this.#pending.isEmpty || this.#cancelTimer !== undefined;
    if (isIdle) return;
    const { scheduler } = this.#context;
    const gathering = GATHER_MS + GATHER_SPREAD_MS * scheduler.random();
    this.#cancelTimer = afterWallTime(scheduler, delay ?? gathering, () => void this.#fetchNext());
  }

  #cancelWait(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  async #fetchNext(): Promise<void> {
    const { reporter, onFetched } = this.#options;
    this.#cancelWait();
    const round = this.#round = new FetchRound(
      this.#pending,
      this.#polls.length,
      this.#refreshes.length,
      this.#backoff.failures >= STALE_ANSWERS,
    );
    this.#pending = new PendingChanges();
    let failure: FeatureflipError | undefined;
    await Promise.all(
      this.#startFetches(round).map((fetch) => fetch.catch((error) => failure ??= toFailure(error))),
    );
    if (this.#round !== round) return; // a sync overtook it, or close()
    this.#round = undefined;
    this.#pending.merge(round.announced);
    const polls = this.#polls.splice(0, round.pollCount);
    const refreshes = this.#refreshes.splice(0, round.refreshCount);
    if (failure === undefined) {
      // Only refresh() waits for the write: a store that hangs must not delay the next poll.
      settle(polls);
      void Promise.resolve(round.storeWrite).then(() => settle(refreshes));
      onFetched();
    } else {
      reporter.reportFailure(failure, refreshes.length > 0 && this.#pending.isEmpty);
      settle([...polls, ...refreshes], failure);
    }
    const isDone = failure === undefined && round.announced.isEmpty;
    if (isDone) this.#backoff.reset();
    const delay = isDone ? undefined : this.#backoff.next(failure);
    // Outside of the async context of the caller whose fetch has ended.
    this.#context.scheduler.detach(() => this.#proceed(delay));
  }

  /** Three or more keys, or one that no URL path can carry, cost a single snapshot (contract §4). */
  #startFetches(round: FetchRound): Promise<void>[] {
    const { flags, segments, includesAll } = round.announced;
    const keys = [...flags.keys()];
    const paths = keys.map(flagPath);
    const isWhole = includesAll || segments.size > 0 || round.pollCount + round.refreshCount > 0 ||
      keys.length >= SNAPSHOT_FROM_KEYS || !this.#context.sink.hasSnapshot() || paths.includes(null);
    return isWhole
      ? [this.#fetchWhole(round)]
      : keys.map((key, index) => this.#fetchFlag(round, key, paths[index]!));
  }

  async #fetchWhole(round: FetchRound): Promise<void> {
    const { announced, pollCount, refreshCount } = round;
    const isPoll = pollCount > 0 && refreshCount === 0;
    // A shared store would only delay what the stream announced, and follows by itself (contract §8).
    const store = pollCount + refreshCount > 0 ? this.#context.shared : undefined;
    const loader = store ?? this.#serviceLoader;
    const { snapshot, storedAt, etag, text } = await loader.load({
      ...this.#held,
      // Every other fetch has a reason to expect something newer than what a store has.
      maxAge: isPoll && announced.isEmpty ? this.#options.maxAge : undefined,
      afterResponse: (work) => round.storeWrite = work,
      // The service may be away: without flags, old ones are served until it answers.
      onStored: (stored) => {
        if (this.#round === round && !this.#context.sink.hasSnapshot()) {
          this.#replace(stored.snapshot!, "store", undefined, stored.storedAt);
        }
      },
    });
    if (this.#round !== round) return;
    announced.includesAll = false;
    if (snapshot !== undefined) {
      const source = storedAt !== undefined ? "store" : isPoll ? "poll" : "fetch";
      // A runtime with a background has the build that decodes all flags at once.
      const flags = round.settleFlags(snapshot.flags as readonly Flag[]);
      const segments = round.settleSegments(snapshot.segments);
      const held = !round.hasArrivals && this.#isCovered(round) ? { etag, text } : undefined;
      this.#replace({ ...snapshot, flags, segments }, source, held, storedAt);
    } else if (this.#held !== undefined) this.#held = { ...this.#held, etag };
    if (this.#isCovered(round)) this.confirm(storedAt);
  }

  /** Whether an answer has brought everything that was announced until now. */
  #isCovered({ announced }: FetchRound): boolean {
    return announced.isEmpty && this.#pending.isEmpty;
  }

  async #fetchFlag(round: FetchRound, key: string, path: string): Promise<void> {
    const { http, sink } = this.#context;
    let fetched: Flag | undefined;
    try {
      const { json } = await http.getFlag(path);
      if (this.#round !== round) return;
      // The stored copy of a flag with an unknown name stays (contract §2.1).
      fetched = decodeFlag(json, this.#options.reporter.warn) ?? undefined;
    } catch (error) {
      if (this.#round !== round || round.hasArrived(key)) return;
      if (!(error instanceof RequestError && error.status === 404)) throw error;
      // A misconfigured proxy answers 404 too: only a snapshot removes a flag.
      if (sink.flagVersion(key) !== undefined) this.#pending.includesAll = true;
    }
    if (fetched !== undefined && fetched.key !== key) {
      throw new PayloadError("key", "must be the key that was requested");
    }
    if (!round.settle(key, fetched) || fetched === undefined) return;
    this.#noteVersion(fetched.version);
    sink.put(fetched);
  }

  #replace(
    snapshot: Snapshot<PendingFlag>,
    source: SnapshotSource,
    held: SnapshotIdentity | undefined,
    storedAt?: number,
  ): void {
    this.#held = held;
    // A snapshot may move a version back, and with it the newest one.
    this.#newestVersion = snapshot.version;
    for (const { version } of snapshot.flags) this.#noteVersion(version!);
    for (const { version } of snapshot.segments) this.#noteVersion(version);
    this.#context.sink.replace(snapshot, source, storedAt);
  }

  #noteVersion(version: number): void {
    this.#newestVersion = Math.max(this.#newestVersion ?? version, version);
  }
}

function settle(waiters: readonly Waiter[], failure?: FeatureflipError): void {
  for (const waiter of waiters) waiter(failure);
}
