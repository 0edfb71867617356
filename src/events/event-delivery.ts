import type { HttpClient } from "../http/http-client.ts";
import { HttpError } from "../http/http-error.ts";
import type { CancelTimer, Scheduler } from "../runtime/scheduler.ts";
import { DeliveryPause } from "./delivery-pause.ts";
import { EventBuffer, MAX_BYTES, MAX_EVENTS } from "./event-buffer.ts";
import type { WaitingEvent } from "./event-buffer.ts";
import type { DropReason, EventCounters } from "./event-counters.ts";
import type { PacedWarnings } from "./paced-warnings.ts";
import { quote } from "../errors/quote.ts";
import { remaining } from "./remaining.ts";

/** What a delivery needs. Times are in ms. */
export interface EventDeliveryOptions {
  /** Where events go. */
  readonly http: Pick<HttpClient, "postEvents">;
  /** Time and timers. */
  readonly scheduler: Scheduler;
  /** How long events wait, and how long a delivery rests after it failed. */
  readonly flushInterval: number;
  /** How many events make a request. */
  readonly flushBatchSize: number;
  /** Whether timers and promises outlive the request that made them. */
  readonly hasBackground: boolean;
  /** How long one request may take. */
  readonly requestTimeout: number;
}

/** The least time between two requests that are sent because there were enough events, in ms (contract §5). */
const PACE = 1_000;
/** How many times the batch size a request may carry when events have piled up (contract §5). */
const BACKLOG_FACTOR = 10;
/** Where a request ends before it is full: larger bodies stall the event loop, and servers refuse them. */
const REQUEST_BYTES: number = 1024 * 1024;
/** After so many refusals in one go the service refuses everything, and looking for guilty events only costs requests. */
const MAX_REFUSALS = 100;
/** How long the lease of a delivery outlasts its request, in ms. */
const LEASE_SLACK = 1_000;
/**
 * How long a request stays behind its response for events that are not due yet, in ms. Cloudflare lets it stay for 30 s,
 * and they have to be sent then.
 */
const ATTEND = 20_000;
/**
 * What a request may claim that has yet to show, by a timer that fires, that it lives on, in ms: the lease for a delivery
 * until then, and to wait for events only as long as it takes to record more of them in the same breath. On workerd one
 * whose client has gone may run for a moment more, in which its `waitUntil` no longer counts.
 */
const UNPROVEN_LEASE = 1_000;
const UNPROVEN_ATTENDANCE = 1;
/** How often a request asks whether another one has done delivering, in ms: their promises are not for sharing. */
const LEASE_POLL = 50;

/** Sees to it that events arrive: when they leave, how many at a time, and what follows from the answer (contract §5). */
export class EventDelivery<E extends WaitingEvent> {
  readonly #http: Pick<HttpClient, "postEvents">;
  readonly #write: (events: readonly E[]) => string;
  readonly #scheduler: Scheduler;
  readonly #warnings: PacedWarnings;
  readonly #hasBackground: boolean;
  readonly #flushInterval: number;
  readonly #batchSize: number;
  readonly #requestTimeout: number;

  readonly #buffer = new EventBuffer<E>();
  readonly #pause: DeliveryPause;
  readonly #dropped: Record<DropReason, number> = { overflow: 0, rejected: 0, closed: 0 };
  #sent = 0;
  /** How many events had to make room and have not been warned about, and since when. */
  #unreported = 0;
  #unreportedSince = 0;

  // Who may send is a number and a time, not a promise: where a request is all there is, a sender can vanish in mid-air.
  #lease = 0;
  #leaseUntil = 0;
  /** The lease under which an attempt last failed. */
  #failedLease = 0;
  /** The delivery under way; kept only where promises may be shared. */
  #delivery: Promise<void> | undefined;
  #requestedAt = Number.NEGATIVE_INFINITY;
  /** Since when a request waits for events to be due, and for how long. */
  #attendedSince = 0;
  #attendedFor = 0;

  #cancelTimer: CancelTimer | undefined;
  #timerAt = 0;
  readonly #waits = new Set<() => void>();
  #closing = false;
  #deadline = Number.POSITIVE_INFINITY;

  /**
   * Makes a delivery that has nothing to do yet.
   *
   * @param write Writes the body of a request.
   */
  constructor(
    options: EventDeliveryOptions,
    write: (events: readonly E[]) => string,
    warnings: PacedWarnings,
  ) {
    this.#write = write;
    this.#http = options.http;
    this.#scheduler = options.scheduler;
    this.#warnings = warnings;
    this.#hasBackground = options.hasBackground;
    this.#flushInterval = options.flushInterval;
    this.#batchSize = Math.min(options.flushBatchSize, MAX_EVENTS);
    this.#requestTimeout = options.requestTimeout;
    this.#pause = new DeliveryPause(options.flushInterval);
  }

  /** What has become of the events so far. */
  get counters(): EventCounters {
    return { sent: this.#sent, waiting: this.#buffer.length, dropped: { ...this.#dropped } };
  }

  /** Whether so many events of so many bytes in all can be taken in without any making room. */
  hasRoomFor(count: number, bytes: number): boolean {
    return this.#buffer.hasRoomFor(count, bytes);
  }

  /** Takes an event in; the oldest ones make room where there is none. */
  add(record: E): void {
    const shed = record.size > MAX_BYTES ? 1 : this.#buffer.push(record);
    if (shed > 0) this.#countOverflow(shed, record.timestamp);
    const waiting = this.#buffer.length;
    if (waiting === 1 || waiting === this.#batchSize) this.#schedule(record.timestamp);
  }

  /** Whether events should leave now, and nobody sees to it. */
  isDue(now: number): boolean {
    return this.#buffer.length > 0 && !this.#closing && now >= this.#leaseUntil && this.#dueIn(now) === 0;
  }

  /** Whether events wait for which no timer and no request does, where requests are all there is. */
  isUnattended(now: number): boolean {
    if (this.#hasBackground || this.#closing || this.#buffer.length === 0) return false;
    const waited = now - this.#attendedSince;
    return waited < 0 || waited >= this.#attendedFor;
  }

  /** Waits until events are due, but no longer than a request may, and delivers all that wait. */
  async attend(): Promise<void> {
    this.#attendedSince = this.#scheduler.now();
    this.#attendedFor = UNPROVEN_ATTENDANCE;
    await this.#within(0);
    let now = this.#scheduler.now();
    if (this.#attendedFor > UNPROVEN_ATTENDANCE && !this.isUnattended(now)) return;
    const since = this.#attendedSince = now;
    // What is due already is on its way; what has come since has to wait until the next may go.
    let delay = this.#dueIn(now) || PACE;
    while (this.#buffer.length > 0 && delay > 0 && now - since < ATTEND) {
      const wait = Math.min(delay, since + ATTEND - now);
      this.#attendedFor = now + wait - since;
      await this.#within(wait);
      if (this.#attendedSince !== since) return; // late, and another one has taken over
      now = this.#scheduler.now();
      delay = this.#dueIn(now);
    }
    this.#attendedFor = 0;
    if (this.#closing || this.#pause.endsIn(now) > 0) return;
    await this.#drain(this.#buffer.end, now + this.#requestTimeout);
  }

  /** Delivers what is due: all that waits when an interval is over, one request when a batch is full. */
  deliverDue(): Promise<void> {
    const all = this.#pause.afterFailure || this.#intervalEndsIn(this.#scheduler.now()) === 0;
    return this.#deliver(all ? this.#buffer.end : this.#buffer.first + 1);
  }

  /** Sends all that waits; `timeout` in ms. */
  flush(timeout: number): Promise<void> {
    if (this.#buffer.length === 0) return Promise.resolve();
    return this.#within(timeout, this.#drain(this.#buffer.end, this.#scheduler.now() + timeout));
  }

  /** Sends all that waits, a last time, and lets go of the rest; `timeout` in ms. */
  async close(timeout: number): Promise<void> {
    const now = this.#scheduler.now();
    this.#closing = true;
    this.#deadline = Math.min(this.#deadline, now + timeout);
    this.#disarm();
    // A pause that outlasts the end would take the last attempt away.
    if (this.#pause.endsIn(now) > timeout) this.#pause.end();
    await this.flush(timeout);
    this.#letGo();
  }

  /** How long until events leave by themselves, in ms. */
  #dueIn(now: number): number {
    if (this.#pause.afterFailure) return this.#pause.endsIn(now);
    const interval = this.#intervalEndsIn(now);
    if (this.#buffer.length < this.#batchSize) return interval;
    return Math.min(interval, remaining(this.#requestedAt, PACE, now));
  }

  #intervalEndsIn(now: number): number {
    return remaining(this.#buffer.oldest?.timestamp ?? now, this.#flushInterval, now);
  }

  #schedule(now: number): void {
    if (!this.#hasBackground || this.#closing || this.#delivery || this.#buffer.length === 0) return;
    const delay = this.#dueIn(now);
    if (this.#cancelTimer !== undefined && this.#timerAt <= now + delay) return;
    this.#disarm();
    this.#timerAt = now + delay;
    this.#cancelTimer = this.#scheduler.after(delay, () => void this.deliverDue());
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #deliver(target: number): Promise<void> {
    this.#disarm();
    const delivery = this.#sendUntil(target, ++this.#lease);
    if (this.#hasBackground) this.#delivery = delivery;
    return delivery;
  }

  /** Sends request after request until the events numbered below `target` are gone, or one fails. */
  async #sendUntil(target: number, lease: number): Promise<void> {
    const cancelProof = this.#takeLease(lease);
    await undefined; // what is recorded in the same breath comes along, and no evaluation waits for JSON
    let most = 0;
    let limit = Number.POSITIVE_INFINITY;
    let refusals = 0;
    while (lease === this.#lease && this.#buffer.first < target) {
      most = Math.max(most, this.#requestLimit());
      limit = Math.min(limit, most);
      const start = this.#buffer.first;
      const records = this.#buffer.peek(limit, REQUEST_BYTES);
      const failure = await this.#post(records);
      cancelProof();
      if (lease !== this.#lease) return; // all was let go, or another request has taken over
      this.#extendLease();
      if (failure === undefined) {
        this.#delivered(start, records.length);
        limit *= 2;
      } else if (isRefusal(failure) && ++refusals <= MAX_REFUSALS) {
        if (records.length === 1) this.#dropRefused(start, failure);
        limit = Math.ceil(records.length / 2);
        target = Math.max(target, start + records.length); // what has been taken apart is sent in one go
      } else {
        this.#failed(failure);
        break;
      }
    }
    if (lease === this.#lease) this.#release();
  }

  /** Takes it for a moment, and for as long as a request may take once the own one has shown that it lives on. */
  #takeLease(lease: number): CancelTimer {
    if (this.#hasBackground) {
      this.#extendLease();
      return () => {};
    }
    this.#leaseUntil = this.#scheduler.now() + UNPROVEN_LEASE;
    return this.#scheduler.after(0, () => {
      if (lease === this.#lease) this.#extendLease();
    });
  }

  #extendLease(): void {
    this.#leaseUntil = this.#hasBackground
      ? Number.POSITIVE_INFINITY
      : this.#scheduler.now() + this.#requestTimeout + LEASE_SLACK;
  }

  #release(): void {
    this.#leaseUntil = 0;
    this.#delivery = undefined;
    const now = this.#scheduler.now();
    this.#reportOverflow(now);
    this.#schedule(now);
  }

  /** Events pile up behind a failure, behind the pace, and before the end. */
  #requestLimit(): number {
    const backlog = BACKLOG_FACTOR * this.#batchSize;
    const piledUp = this.#pause.afterFailure || this.#closing || this.#buffer.length >= backlog;
    return piledUp ? backlog : this.#batchSize;
  }

  async #post(records: readonly E[]): Promise<HttpError | undefined> {
    const now = this.#scheduler.now();
    this.#requestedAt = now;
    const timeout = Math.max(1, Math.min(this.#requestTimeout, this.#deadline - now));
    try {
      await this.#http.postEvents(this.#write(records), { timeout });
      return undefined;
    } catch (error) {
      return error instanceof HttpError ? error : new HttpError(String(error));
    }
  }

  #delivered(start: number, count: number): void {
    // Events that made room while they were under way have arrived after all.
    const shed = Math.min(count, this.#buffer.first - start);
    this.#dropped.overflow -= shed;
    this.#unreported = Math.max(0, this.#unreported - shed);
    this.#sent += count;
    this.#buffer.dropUntil(start + count);
    this.#pause.end();
  }

  #dropRefused(number: number, failure: HttpError): void {
    const refused = this.#buffer.oldest;
    if (refused === undefined || this.#buffer.first > number) return; // it has made room in the meantime
    this.#buffer.dropUntil(number + 1);
    this.#dropped.rejected++;
    const message = `The event ${
      quote(refused.flagKey)
    } was dropped, the service refuses it: ${failure.message}`;
    this.#warnings.warn("rejected", this.#scheduler.now(), message);
  }

  #failed(failure: HttpError): void {
    const now = this.#scheduler.now();
    const again = this.#pause.afterFailure;
    const delay = this.#pause.begin(failure, now);
    this.#failedLease = this.#lease;
    if (again || this.#closing) return;
    const message = `Events could not be sent, the next attempt is in ${Math.ceil(delay / 1_000)} s`;
    this.#warnings.warn("failed", now, `${message}: ${failure.message}`);
  }

  /** Sends and waits until the events numbered below `target` are gone, or can not go before `deadline`. */
  async #drain(target: number, deadline: number): Promise<void> {
    const before = this.#lease;
    while (this.#buffer.first < target) {
      const now = this.#scheduler.now();
      if (now >= deadline) return;
      if (now < this.#leaseUntil) {
        await (this.#delivery ?? this.#within(LEASE_POLL));
        continue;
      }
      // An attempt from before this call does not count: the caller asks for one now.
      const delay = this.#pause.byServer || this.#failedLease > before ? this.#pause.endsIn(now) : 0;
      if (now + delay > deadline) return;
      await (delay > 0 ? this.#within(delay) : this.#deliver(target));
    }
  }

  /** Settles with `work`, or without it after `delay` ms or when all is let go. */
  #within(delay: number, work?: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#waits.delete(end);
        resolve();
      };
      const cancel = this.#scheduler.after(delay, end, { keepAlive: true });
      if (this.#hasBackground) this.#waits.add(end);
      void work?.then(end);
    });
  }

  #countOverflow(count: number, now: number): void {
    this.#dropped.overflow += count;
    if (this.#unreported === 0) this.#unreportedSince = now;
    this.#unreported += count;
    // As a rule the end of a delivery reports them, in one line. In a long pause there is none.
    if (now - this.#unreportedSince >= this.#flushInterval) this.#reportOverflow(now);
  }

  #reportOverflow(now: number, kind = "overflow"): void {
    if (this.#unreported === 0 || !this.#warnings.isDue(kind, now)) return;
    const message =
      `${this.#unreported} events were dropped, the oldest ones: too many were waiting to be sent`;
    this.#unreported = 0;
    this.#warnings.warn(kind, now, message);
  }

  #letGo(): void {
    this.#lease++; // what is still under way has nothing to say any more
    this.#leaseUntil = 0;
    this.#delivery = undefined;
    const left = this.#buffer.length;
    this.#buffer.dropUntil(this.#buffer.end);
    this.#dropped.closed += left;
    const now = this.#scheduler.now();
    this.#reportOverflow(now, "last overflow"); // no interval will end any more
    if (left > 0) {
      this.#warnings.warn(
        "closed",
        now,
        `${left} events were dropped: they could not be sent before the end`,
      );
    }
    for (const end of this.#waits) end();
  }
}

/** What the service will not take, however often it is sent (contract §5). */
function isRefusal({ status }: HttpError): boolean {
  return status === 400 || status === 413 || status === 422;
}
