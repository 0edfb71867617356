import type { WaitUntil } from "../runtime/runtime.ts";
import { remaining } from "../runtime/scheduler.ts";
import type { Scheduler } from "../runtime/scheduler.ts";
import type { EventSource } from "./event-queue.ts";
import type { Sender, Work } from "./sender.ts";

/** What a delivery needs. */
export interface DeliveryOptions {
  readonly scheduler: Scheduler;
  /** The `waitUntil` of the current request. */
  readonly waitUntil?: (() => WaitUntil | undefined) | undefined;
}

/** How long until more events may leave, at least, for a request that lingers, in ms. */
const LINGER_PACE_MS = 1_000;
/**
 * How long a request lingers for events that are not due yet, in ms. Cloudflare allows 30 s, and the events have to be sent in
 * that time.
 */
const MAX_LINGER_MS = 20_000;
/** How soon after a failure a request tries again after its response, and the random part of it; in ms. */
const SECOND_ATTEMPT_MS = 1_000;
/**
 * How long a request may claim to wait that has not shown yet, by a timer that fired, that it lives on, in ms. On workerd a
 * request whose client has gone may run for a moment in which its `waitUntil` no longer counts.
 */
const UNPROVEN_WAIT_MS = 1;

/**
 * Decides when a sender sends: by itself when events are due, and for callers of `flush()` and `close()`. What stands in for
 * a running sender is up to the subclass: a promise, or on request-scoped runtimes a lease.
 */
export abstract class Delivery {
  protected readonly source: EventSource;
  protected readonly sender: Sender;
  protected readonly scheduler: Scheduler;
  readonly #waitUntil: DeliveryOptions["waitUntil"];
  /** When the last attempt has to end; finite once that is made. */
  #deadline = Infinity;
  /** How many senders have begun: only the last one may go on. */
  #senders = 0;
  /** Ends the waits of callers, where one request may touch what another waits for. */
  readonly #waits = new Set<() => void>();
  /** Since when a request waits after its response until events are due, and for how long, in ms. */
  #waitingSince = 0;
  #waitingFor = 0;

  constructor(source: EventSource, sender: Sender, options: DeliveryOptions) {
    this.source = source;
    this.sender = sender;
    this.scheduler = options.scheduler;
    this.#waitUntil = options.waitUntil;
  }

  /** Whether the last attempt has begun: nothing is recorded any more. */
  get isClosing(): boolean {
    return this.#deadline < Infinity;
  }

  /** Reacts to an event that was added at `now`, or to several at once. On the hot path of every evaluation. */
  added(now: number, _areSeveral?: boolean): void {
    this.deliverWhenDue(now);
  }

  /**
   * Passes to `waitUntil` (by default the option's) a delivery that is due, or lets the request linger until one is, unless
   * another request does either. Never throws.
   */
  deliverWhenDue(now: number, waitUntil?: WaitUntil): void {
    if (this.isClosing || this.source.waiting === 0) return;
    // A request that lingers sends what is due, except a batch that has just become full.
    const lacksRequest = this.#lacksRequest(now);
    if (!lacksRequest && this.source.length < this.sender.batchSize) return;
    try {
      const keepAlive = waitUntil ?? this.#waitUntil?.();
      if (keepAlive === undefined) return;
      if (!this.isSending(now) && this.dueIn(now) === 0) {
        keepAlive(this.#detached(() => this.#deliverForRequest()));
      } else if (lacksRequest) keepAlive(this.#detached(() => this.#linger()));
    } catch {
      // A host that refuses the promise costs this delivery and nothing else: the events still wait.
    }
  }

  /** Sends all that waits, for `timeout` ms at most. */
  async flush(timeout: number): Promise<void> {
    if (this.source.waiting === 0) return;
    await this.wait(timeout, this.#drain(this.source.end, timeout, this.sender.requestCount));
  }

  /** Makes the last attempts to send all that waits, for `timeout` ms at most; then drops the rest. Returns how much that is. */
  async close(timeout: number): Promise<number> {
    this.#deadline = this.scheduler.now() + timeout;
    this.sender.startClosing(timeout);
    await this.flush(timeout);
    this.#senders++;
    for (const end of this.#waits) end();
    return this.source.dropAll();
  }

  /** Whether timers outlive requests and try again what failed, so that no request has to. */
  protected abstract readonly hasTimers: boolean;
  /** Whether a sender is at work, or may be. */
  protected abstract isSending(now: number): boolean;
  /** Settles when the sender at work may be done. */
  protected abstract awaitSender(): Promise<void>;
  /** Runs `work` as the one sender. `isCurrent` returns whether it still is. */
  protected abstract asSender(work: () => Promise<void>, isCurrent: () => boolean): Promise<void>;
  /** Renews the lease of the sender at work, where it has one. */
  protected renewLease(): void {}

  /** Settles with `work`, after `delay` ms, or with `close()`. */
  protected wait(delay: number, work?: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#waits.delete(end);
        resolve();
      };
      // A caller that waits for work has a time-out that keeps the process alive.
      const cancel = this.scheduler.after(delay, end, { keepAlive: !this.hasTimers || work !== undefined });
      if (this.hasTimers) this.#waits.add(end);
      void work?.then(end);
    });
  }

  /** Sends what is due: all that waits when an interval is over, one request when a batch is full, one of a search. */
  protected deliverDue(): Promise<void> {
    const now = this.scheduler.now();
    const work = this.sender.nextDue(now);
    const isAll = work === "batch" && (this.sender.hasFailed || this.sender.intervalEndsIn(now) === 0);
    return this.#deliver(work, isAll ? this.source.end : 0);
  }

  /** How long until something leaves by itself, in ms; `Infinity` when nothing waits. */
  protected dueIn(now: number): number {
    return Math.min(this.sender.batchDueIn(now), this.sender.searchDueIn(now));
  }

  async #deliverForRequest(): Promise<void> {
    // Where a context is left by a later task, another sender may have begun by then.
    if (this.isSending(this.scheduler.now())) return await this.awaitSender();
    await this.deliverDue();
    await this.#tryAgain();
  }

  /** Makes one request, and more until all events below the number `end` are gone, the budget is used up or one fails. */
  #deliver(work: Work, end: number): Promise<void> {
    const number = ++this.#senders;
    const isCurrent = (): boolean => number === this.#senders;
    return this.asSender(async () => {
      await undefined; // what is recorded in the same tick is sent along
      let next: Work = work;
      while (isCurrent() && this.#hasWork(next)) {
        const left = this.#deadline - this.scheduler.now();
        if (!await this.sender.send(next, left, isCurrent)) return;
        this.renewLease();
        if (this.source.first >= end) return;
        const now = this.scheduler.now();
        const following = this.sender.nextFor(end, this.sender.requestCount, now);
        if (following.wait > 0) return;
        // A search holds up no batch that has become due meanwhile.
        next = following.work === "search" ? this.sender.nextDue(now) : "batch";
      }
    }, isCurrent);
  }

  #hasWork(work: Work): boolean {
    return work === "batch" ? this.source.length > 0 : this.source.refusedBatch !== undefined;
  }

  /**
   * Sends and waits until all events below the number `end` are gone, or cannot be sent within `timeout` ms. Failures of requests
   * up to the number `before` do not count.
   */
  async #drain(end: number, timeout: number, before: number): Promise<void> {
    const since = this.scheduler.now();
    while (this.source.first < end) {
      const now = this.scheduler.now();
      const left = remaining(since, timeout, now);
      if (left === 0) return;
      if (this.isSending(now)) {
        await this.awaitSender();
        continue;
      }
      const { work, wait } = this.sender.nextFor(end, before, now);
      if (wait >= left) return;
      await (wait > 0 ? this.wait(wait) : this.#deliver(work, end));
    }
  }

  /** Runs work outside of the async context of the request that keeps it alive: the events are not its own only. */
  #detached(work: () => Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      // It fails where timers are forbidden: in a Worker's global scope, for which the first request delivers.
      this.scheduler.detach(() => void work().catch(() => {}).then(resolve));
    });
  }

  /** Whether events wait for which no request does. A timer is not enough where functions are frozen between requests. */
  #lacksRequest(now: number): boolean {
    const waited = now - this.#waitingSince;
    return waited < 0 || waited >= this.#waitingFor;
  }

  /** Waits until events are due, but not longer than a request may, and delivers all that wait. */
  async #linger(): Promise<void> {
    this.#waitingSince = this.scheduler.now();
    this.#waitingFor = UNPROVEN_WAIT_MS;
    // A timer that fires proves that the request lives on.
    await this.wait(0);
    let now = this.scheduler.now();
    // Another request has shown that meanwhile, and waits.
    if (this.#waitingFor > UNPROVEN_WAIT_MS && !this.#lacksRequest(now)) return;
    const since = this.#waitingSince = now;
    // What is due already is on its way; what was recorded since waits until the next request may be made.
    let delay = this.dueIn(now) || LINGER_PACE_MS;
    while (this.source.waiting > 0 && delay > 0 && now - since < MAX_LINGER_MS) {
      const wait = Math.min(delay, since + MAX_LINGER_MS - now);
      this.#waitingFor = now + wait - since; // until the end of this wait
      await this.wait(wait);
      if (this.#waitingSince !== since) return; // late, and another request has taken over
      now = this.scheduler.now();
      delay = this.dueIn(now);
    }
    this.#waitingFor = 0;
    if (this.isClosing) return;
    // An attempt of a timer's, or of another request, counts as this one's.
    if (this.sender.pauseEndsIn(now) === 0) {
      await this.#drain(this.source.end, this.sender.requestTimeout, 0);
    }
    await this.#tryAgain();
  }

  /** Makes a second attempt within the same request, unless the service asked for a pause: no other request may come. */
  async #tryAgain(): Promise<void> {
    if (this.hasTimers || !this.sender.mayTryAgain) return;
    await this.wait(SECOND_ATTEMPT_MS * (1 + this.scheduler.random()));
    if (this.isClosing || !this.sender.mayTryAgain || this.isSending(this.scheduler.now())) return;
    await this.#drain(this.source.end, this.sender.requestTimeout, this.sender.requestCount);
  }
}
