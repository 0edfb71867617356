import {
  FIRST_READER_CHANCE,
  LOCK_HOLDER_POLL_MS,
  LOCK_HOLDER_WAIT_MS,
  LOCK_PATIENCE_MS,
  MAX_LOCK_MS,
  READER_CHANCE_DOUBLES_MS,
  REFRESH_LOCK_MS,
  WRITER_GRACE_MS,
} from "../contract/limits.ts";
import { ConfigurationError } from "../errors/configuration-error.ts";
import { decodeFlag, takeFlag } from "../contract/flag.ts";
import type { PendingFlag } from "../contract/flag.ts";
import { PayloadError } from "../contract/payload-error.ts";
import { parseJson } from "../contract/parse-json.ts";
import { decodeSnapshot } from "../contract/snapshot.ts";
import type { Snapshot, TakeFlag } from "../contract/snapshot.ts";
import type { Warn } from "../runtime/logger.ts";
import { warnOnce } from "../runtime/once.ts";
import { Deadline, pollUntil } from "../runtime/scheduler.ts";
import type { DataSink } from "../store/flag-state.ts";
import { Envelopes, FutureDateError } from "./envelope.ts";
import type { StoredSnapshot, UnverifiedSnapshot } from "./envelope.ts";
import { GuardedStore } from "./guarded-store.ts";
import type { ReleaseLock, SharedStore } from "./shared-store.ts";
import type {
  LoadedSnapshot,
  LoadOptions,
  SnapshotIdentity,
  StoreContext,
  StoreLoader,
} from "./snapshot-loader.ts";
import { StreamFollower } from "./stream-follower.ts";
import type { StoreContent } from "./stream-follower.ts";

/**
 * Creates the loader of a client with a shared store. Nothing is done before the first call.
 *
 * @throws {ConfigurationError} without `crypto.subtle`, which checks what is stored.
 */
export function createStoreLoader(store: SharedStore, context: StoreContext): StoreLoader {
  if (globalThis.crypto?.subtle === undefined) {
    throw new ConfigurationError(
      "store",
      "Cannot create client: 'store' needs crypto.subtle, which this runtime only has on secure origins (https:, localhost)",
    );
  }
  return new GuardedLoader(store, context);
}

/** A stored snapshot that may be used, and how it relates to the held one. */
interface Found extends LoadedSnapshot {
  /** When the service sent or confirmed it, in ms since the epoch. */
  readonly fetchedAt: number;
  readonly storedAt: number;
  readonly envelope: UnverifiedSnapshot;
}

/** Waiting for the holder of a lock, who has stored nothing newer yet. */
interface LockWait {
  /** The newest date known when it began. */
  readonly newest: number;
  readonly since: number;
  /** How long it lasts, in ms. */
  readonly patience: number;
}

/**
 * Decides from one read of the store whether what is stored is used, waited for, or replaced (contract §8). It keeps plain data
 * only: nothing of one request is touched by another (contract §6.1).
 */
class GuardedLoader implements StoreLoader {
  readonly canLock: boolean;
  readonly #context: StoreContext;
  readonly #guarded: GuardedStore;
  readonly #warn: Warn;
  readonly #follower: StreamFollower;
  #envelopes: Envelopes | undefined;
  /** The first line last refused: an equal one is not checked again. */
  #refusedLine: string | undefined;
  #lockWait: LockWait | undefined;
  /** Since when every attempt to get the lock was refused, and nobody else has stored anything. */
  #refusedSince: number | undefined;
  /** When the service was asked last, which dates what was written then. */
  #askedAt: number | undefined;
  #isLockIgnored = false;
  /** When the service last failed a reader of a store that can't lock; its chance to ask starts again from there. */
  #readerFailedAt = -Infinity;

  constructor(store: SharedStore, context: StoreContext) {
    const { logger } = context;
    this.#context = context;
    this.#guarded = new GuardedStore({ store, ...context });
    this.#warn = warnOnce((message) => logger.warn(message));
    this.canLock = this.#guarded.canLock;
    this.#follower = new StreamFollower(context, {
      canWrite: this.#guarded.canWrite,
      tryLock: async (ttl) => await this.#guarded.tryLock(await this.#name("lock"), ttl),
      canLock: this.canLock,
      read: () => this.#readContent(),
      write: (snapshot) => this.#write(snapshot),
      decode: (json) => decodeSnapshot(json, this.#warn),
    });
  }

  async load(options: LoadOptions): Promise<LoadedSnapshot> {
    const { maxAge, deadline } = options;
    // A slow store gets half of the time: the service needs the rest.
    const storeDeadline = deadline && new Deadline(this.#context.scheduler, deadline.remaining() / 2);
    const found = await this.#find(options, storeDeadline);
    if (maxAge === undefined) return await this.#ask(options, found);
    if (found !== undefined && this.#isYounger(found, maxAge)) return this.#use(found);
    if (!this.canLock) return await this.#readOrAsk(options, found);
    if (found?.snapshot !== undefined) options.onStored?.(found);
    return await this.#refresh(options, found, storeDeadline);
  }

  async stored(
    options: Pick<LoadOptions, "etag" | "text" | "deadline">,
  ): Promise<LoadedSnapshot | undefined> {
    const found = await this.#find(options, options.deadline);
    return found?.snapshot && found;
  }

  follow(sink: DataSink): DataSink {
    return this.#follower.follow(sink);
  }

  watch(onChange: () => void): () => void {
    let unwatch: (() => void) | undefined;
    let isOver = false;
    void this.#name("flags").then((name) => {
      if (!isOver) unwatch = this.#guarded.watch(name, onChange);
    });
    return () => {
      isOver = true;
      unwatch?.();
    };
  }

  async close(timeout: number): Promise<void> {
    this.#follower.close();
    await this.#guarded.close(timeout);
  }

  /** Where the store can't lock, readers leave the service to its writer, and then ask by a growing chance. */
  async #readOrAsk(options: LoadOptions, found: Found | undefined): Promise<LoadedSnapshot> {
    if (found === undefined) return await this.#ask(options, found);
    if (this.#context.scheduler.random() >= this.#readerChance(found)) return this.#use(found);
    if (found.snapshot !== undefined) options.onStored?.(found);
    try {
      return await this.#ask(options, found);
    } catch (error) {
      this.#readerFailedAt = this.#context.scheduler.now();
      throw error;
    }
  }

  #readerChance({ fetchedAt }: Found): number {
    const now = this.#context.scheduler.now();
    const failedAt = this.#readerFailedAt <= now ? this.#readerFailedAt : -Infinity;
    const overdue = now - Math.max(fetchedAt + WRITER_GRACE_MS, failedAt);
    if (overdue < 0) return 0;
    return FIRST_READER_CHANCE * 2 ** Math.floor(overdue / READER_CHANCE_DOUBLES_MS);
  }

  /** Asks the service if it gets the lock, or has waited for its holder long enough. */
  async #refresh(
    options: LoadOptions,
    found: Found | undefined,
    storeDeadline: Deadline | undefined,
  ): Promise<LoadedSnapshot> {
    const { scheduler, sink } = this.#context;
    if (storeDeadline?.isOver) return await this.#ask(options, found);
    const wait = new Deadline(scheduler, LOCK_HOLDER_WAIT_MS);
    const locking = this.#guarded.tryLock(await this.#name("lock"), REFRESH_LOCK_MS);
    // For a request that waits, the second read does not wait for the lock: that saves a round trip.
    const isAwaited = options.isAwaited?.() ?? sink.held() === undefined;
    const search = isAwaited ? this.#findAgain(options, storeDeadline, found) : undefined;
    const lock = await locking;
    // If the store is down, the service is asked without a lock.
    if (lock === undefined) return await this.#ask(options, found);
    if (lock === null && found === undefined && sink.held() === undefined) {
      const written = await this.#awaitFirst(options, storeDeadline, wait, search);
      return written === undefined ? await this.#ask(options, written) : this.#use(written);
    }
    if (lock === null) return await this.#awaitHolder(options, await search ?? found, storeDeadline);
    this.#isLockIgnored = false;
    this.#refusedSince = undefined;
    // The previous holder of the lock may have written since.
    const newer = await (search ??
      (storeDeadline?.isOver ? found : this.#findAgain(options, storeDeadline, found)));
    if (newer !== undefined && this.#isYounger(newer, options.maxAge!)) {
      const released = lock();
      options.afterResponse?.(released);
      return this.#use(newer);
    }
    return await this.#ask(options, newer, lock);
  }

  /** Waits for what the holder of the lock is about to write; there is nothing to serve. */
  #awaitFirst(
    options: LoadOptions,
    storeDeadline: Deadline | undefined,
    wait: Deadline,
    first: Promise<Found | undefined> | undefined,
  ): Promise<Found | undefined> {
    const { scheduler } = this.#context;
    let search = first;
    const ms = Math.min(wait.remaining(), storeDeadline?.remaining() ?? Infinity);
    return pollUntil(scheduler, ms, () => {
      const result = search ?? this.#find(options, storeDeadline);
      search = undefined;
      return result;
    }, LOCK_HOLDER_POLL_MS);
  }

  /** Somebody else has the lock, and is about to write something newer. */
  async #awaitHolder(
    options: LoadOptions,
    found: Found | undefined,
    storeDeadline: Deadline | undefined,
  ): Promise<LoadedSnapshot> {
    const { scheduler, sink } = this.#context;
    const held = sink.held();
    if (found !== undefined && this.#isYounger(found, options.maxAge!)) return this.#use(found);
    // What others fetched since shows that the refusals were not by one lock.
    if (found !== undefined && this.#refusedSince !== undefined && found.fetchedAt !== this.#askedAt) {
      this.#refusedSince = Math.max(this.#refusedSince, found.fetchedAt);
    }
    if (this.#isLockHonoured(found?.storedAt ?? held!.at)) {
      return found ?? { snapshot: undefined, etag: options.etag, storedAt: held!.at };
    }
    const latest = await this.#findAgain(options, storeDeadline, found);
    if (latest !== undefined && this.#isYounger(latest, options.maxAge!)) return this.#use(latest);
    if (!this.#isLockIgnored) {
      this.#isLockIgnored = true;
      const waited = Math.round((scheduler.now() - (this.#lockWait?.since ?? this.#refusedSince!)) / 1000);
      this.#context.logger.warn(
        `Shared store: the holder of the lock has stored nothing for ${waited} s, refreshing without the lock`,
      );
    }
    this.#lockWait = undefined;
    return await this.#ask(options, latest);
  }

  /**
   * Whether to go on waiting for the lock's holder: 12 s plus a random part of the interval, so that not all stop at once, and
   * never more than 60 s, whatever the store says.
   */
  #isLockHonoured(newest: number): boolean {
    const { scheduler, interval } = this.#context;
    const now = scheduler.now();
    const wait = this.#lockWait;
    if (this.#refusedSince === undefined || this.#refusedSince > now) this.#refusedSince = now;
    if (now - this.#refusedSince >= MAX_LOCK_MS) return false;
    if (wait === undefined || wait.newest !== newest || wait.since > now) {
      const patience = Math.min(LOCK_PATIENCE_MS + interval * scheduler.random(), MAX_LOCK_MS);
      this.#lockWait = { newest, since: now, patience };
      return true;
    }
    return now - wait.since < wait.patience;
  }

  #isYounger({ fetchedAt }: Found, age: number): boolean {
    return this.#context.scheduler.now() - fetchedAt < age;
  }

  #use(found: Found): Found {
    this.#lockWait = undefined;
    if (found.snapshot !== undefined) this.#refusedSince = undefined;
    return found;
  }

  /** Reads the store and checks what is there. The first line alone decides whether the rest is worth checking. */
  async #find(
    { etag, text }: SnapshotIdentity,
    deadline: Deadline | undefined,
  ): Promise<Found | undefined> {
    const { sink } = this.#context;
    const envelope = await this.#read(deadline);
    if (envelope === undefined) return undefined;
    const held = sink.held();
    const { fetchedAt } = envelope;
    const storedAt = Math.max(fetchedAt, held?.at ?? 0);
    const asHeld: Found = { snapshot: undefined, etag, text, storedAt, fetchedAt, envelope };
    if (held !== undefined && fetchedAt <= held.at) return asHeld;
    if (!await this.#isGenuine(envelope)) return undefined;
    const isHeld = (etag !== undefined && envelope.etag === etag) || envelope.body === text;
    if (held !== undefined && isHeld) return { ...asHeld, etag: envelope.etag };
    const snapshot = this.#decode(envelope, takeFlag);
    if (snapshot === undefined) return undefined;
    if (held !== undefined && snapshot.version < held.version) {
      this.#guarded.reject(new PayloadError("version", "is older than the one the service sent since"));
      return undefined;
    }
    return {
      snapshot,
      etag: envelope.etag,
      text: envelope.body,
      storedAt: fetchedAt,
      fetchedAt,
      envelope,
    };
  }

  /** Reads the store a second time. An unchanged first line means that nothing was written since. */
  async #findAgain(
    identity: SnapshotIdentity,
    deadline: Deadline | undefined,
    found: Found | undefined,
  ): Promise<Found | undefined> {
    const latest = await this.#find(identity, deadline);
    return latest === undefined || latest.envelope.line === found?.envelope.line ? found : latest;
  }

  async #read(deadline: Deadline | undefined): Promise<UnverifiedSnapshot | undefined> {
    const name = await this.#name("flags");
    const text = await this.#guarded.read(name, deadline && Math.max(1, deadline.remaining()));
    if (text === null) this.#follower.storeLacksSnapshot();
    if (text === undefined || text === null) return undefined;
    try {
      const envelope = this.#envelopes!.open(text, this.#context.scheduler.now());
      if (envelope.line !== this.#refusedLine) return envelope;
    } catch (error) {
      this.#guarded.reject(error);
      // A clock that is wrong here or there is no reason to overwrite what others can use.
      if (error instanceof FutureDateError) return undefined;
    }
    this.#follower.storeLacksSnapshot();
    return undefined;
  }

  /** Whether its writer has the SDK key. */
  async #isGenuine(envelope: UnverifiedSnapshot): Promise<boolean> {
    if (await this.#envelopes!.verify(envelope)) return true;
    this.#refuse(envelope, new Error("its signature is wrong: its writer does not have this SDK key"));
    return false;
  }

  #decode<F extends PendingFlag>(envelope: UnverifiedSnapshot, take: TakeFlag<F>): Snapshot<F> | undefined {
    try {
      return decodeSnapshot(parseJson(envelope.body), this.#warn, take);
    } catch (error) {
      this.#refuse(envelope, error);
      return undefined;
    }
  }

  #refuse({ line }: UnverifiedSnapshot, reason: unknown): void {
    this.#refusedLine = line;
    this.#guarded.reject(reason);
    this.#follower.storeLacksSnapshot();
  }

  /** Asks the service, writes its answer to the store, and releases the lock. */
  async #ask(
    { text, maxAge, deadline, afterResponse }: LoadOptions,
    found: Found | undefined,
    release?: ReleaseLock,
  ): Promise<LoadedSnapshot> {
    const { http, scheduler, maxAge: writerMaxAge } = this.#context;
    const fetchedAt = this.#askedAt = scheduler.now();
    const known = { etag: await this.#knownEtag(found), text: found === undefined ? text : found.text };
    const timeout = deadline && Math.max(1, deadline.remaining());
    // After a failure the lock is kept until it expires: an outage must not become a flood of requests.
    const response = await http.getSnapshot({ ...known, timeout });
    const snapshot = response.json === undefined
      ? found?.snapshot
      : decodeSnapshot(response.json, this.#warn, takeFlag);
    this.#lockWait = undefined;
    this.#readerFailedAt = -Infinity;
    const body = response.text ?? found!.envelope.body;
    // A writer that confirms the same snapshot does not write a recent one again: some stores count writes.
    const isWritten = response.text !== undefined || maxAge !== undefined ||
      !this.#isYounger(found!, writerMaxAge / 2);
    const work = isWritten ? this.#write({ fetchedAt, etag: response.etag, body }, release) : release?.();
    if (work !== undefined) afterResponse?.(work.then(() => {}));
    return { snapshot, etag: response.etag, text: body, storedAt: undefined };
  }

  /** The `ETag` that the service may be asked about: of the stored snapshot, which has to be whole if it is to be written again. */
  async #knownEtag(found: Found | undefined): Promise<string | undefined> {
    if (found === undefined || found.envelope.etag === undefined) return undefined;
    if (found.snapshot !== undefined) return found.etag;
    const isHeld = found.envelope.etag === found.etag;
    return isHeld && await this.#envelopes!.verify(found.envelope) ? found.etag : undefined;
  }

  #write(snapshot: StoredSnapshot, release?: ReleaseLock): Promise<boolean> {
    // The name is known: the store was read before.
    return this.#guarded.write(this.#nameOf("flags"), () => this.#envelopes!.seal(snapshot), release);
  }

  /** Reads the whole store for the follower, whatever the age of what is there. */
  async #readContent(): Promise<StoreContent> {
    const name = await this.#name("flags");
    const text = await this.#guarded.read(name);
    if (text === undefined) return "failed";
    if (text === null) return "empty";
    try {
      const envelope = this.#envelopes!.open(text, this.#context.scheduler.now());
      if (envelope.line === this.#refusedLine || !await this.#isGenuine(envelope)) return "unusable";
      const snapshot = this.#decode(envelope, decodeFlag);
      return snapshot === undefined ? "unusable" : { fetchedAt: envelope.fetchedAt, snapshot };
    } catch (error) {
      this.#guarded.reject(error);
      return "unusable";
    }
  }

  /** The name that the store is given. The braces are Redis Cluster's hash tag: lock and snapshot share a slot. */
  async #name(suffix: "flags" | "lock"): Promise<string> {
    const { sdkKey, baseUrl } = this.#context;
    this.#envelopes ??= await Envelopes.create(sdkKey, baseUrl);
    return this.#nameOf(suffix);
  }

  #nameOf(suffix: "flags" | "lock"): string {
    return `{${this.#envelopes!.fingerprint}}:${suffix}`;
  }
}
