import { BACKLOG_FACTOR, MAX_WAITING_EVENTS, MIN_BATCH_INTERVAL_MS } from "../contract/limits.ts";
import { quote } from "../errors/format.ts";
import { afterRejection } from "../http/headers.ts";
import type { HttpClient } from "../http/http-client.ts";
import type { RequestError } from "../errors/request-error.ts";
import type { WaitUntil } from "../runtime/runtime.ts";
import type { CancelTimer, Scheduler } from "../runtime/scheduler.ts";
import { EventBuffer } from "./event-queue.ts";
import type { EventCounters, WaitingEvent } from "./event-queue.ts";
import type { PacedWarnings } from "./paced-warnings.ts";

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
  /** The current request's `waitUntil`, asked for when events wait that no request sees to. */
  readonly waitUntil?: (() => WaitUntil | undefined) | undefined;
}

/** Sees to it that events arrive: when they leave, how many at a time, and what follows from the answer (contract §5). */
export interface EventDelivery {
  /** What has become of the events so far. */
  counters(): EventCounters;
  /** Whether so many events of so many bytes in all can be taken in without any making room. */
  hasRoomFor(count: number, bytes: number): boolean;
  /** Takes an event in, until the end; the oldest ones make room where there is none. */
  add(event: WaitingEvent): void;
  /**
   * Hands to `waitUntil` (the option's by default) a delivery that is due, or a request's wait until it is, unless somebody
   * sees to it. Never throws.
   */
  deliverWhenDue(now: number, waitUntil?: WaitUntil): void;
  /** Sends all that waits; `timeout` in ms. */
  flush(timeout: number): Promise<void>;
  /** Sends all that waits, a last time, and lets go of the rest; `timeout` in ms. */
  close(timeout: number): Promise<void>;
}

/** Where a request ends before it is full: larger bodies stall the event loop, and servers refuse them. */
const REQUEST_BYTES: number = 1024 * 1024;
/** After so many refusals in one go the service refuses everything, and looking for guilty events only costs requests. */
const MAX_REFUSALS = 100;
/** A server that asks for a pause of nothing gets this one, in ms. */
const MIN_PAUSE = 1_000;
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

/** Makes a delivery that has nothing to do yet. */
export function createEventDelivery(options: EventDeliveryOptions, warnings: PacedWarnings): EventDelivery {
  const { http, scheduler, flushInterval, hasBackground, requestTimeout } = options;
  const batchSize = Math.min(options.flushBatchSize, MAX_WAITING_EVENTS);
  const backlog = BACKLOG_FACTOR * batchSize;

  const buffer = new EventBuffer();
  let recorded = 0;
  let sent = 0;
  let rejected = 0;
  let closed = 0;
  /** How many of those that had to make room have been warned about, and since when there are others. */
  let reported = 0;
  let unreportedSince = 0;

  // Who may send is a number and a time, not a promise: where a request is all there is, a sender can vanish in mid-air.
  let lease = 0;
  let leaseUntil = 0;
  /** The delivery under way; kept only where promises may be shared. */
  let delivery: Promise<void> | undefined;
  let requestedAt = Number.NEGATIVE_INFINITY;
  /** Since when a request waits for events to be due, and for how long. */
  let attendedSince = 0;
  let attendedFor = 0;

  /** How the last attempt failed, if it did, under which lease, when, and how long events rest for it. */
  let failure: RequestError | undefined;
  let failedLease = 0;
  let failedAt = 0;
  let pause = 0;
  let keyRejections = 0;

  let cancelTimer: CancelTimer | undefined;
  /** What ends the waits of callers. */
  const waits = new Set<() => void>();
  /** When the last attempt has to end; finite once that is being made. */
  let deadline = Number.POSITIVE_INFINITY;

  const isClosing = (): boolean => deadline < Number.POSITIVE_INFINITY;
  /** Those that had to make room: all that are nowhere else. What has arrived all the same counts as sent. */
  const overflow = (): number => recorded - buffer.length - sent - rejected - closed;
  const pauseEndsIn = (now: number): number => remaining(failedAt, pause, now);
  const intervalEndsIn = (now: number): number =>
    remaining(buffer.oldest?.timestamp ?? now, flushInterval, now);
  /** Whether events wait that nobody is sending. */
  const isIdle = (now: number): boolean => buffer.length > 0 && now >= leaseUntil && !isClosing();

  /** Whether events wait for which no request does. A timer is not enough where a function is frozen between requests. */
  function isUnattended(now: number): boolean {
    if (isClosing() || buffer.length === 0) return false;
    const waited = now - attendedSince;
    return waited < 0 || waited >= attendedFor;
  }

  /** How long until events leave by themselves, in ms. */
  function dueIn(now: number): number {
    if (failure !== undefined) return pauseEndsIn(now);
    const interval = intervalEndsIn(now);
    return buffer.length < batchSize
      ? interval
      : Math.min(interval, remaining(requestedAt, MIN_BATCH_INTERVAL_MS, now));
  }

  function schedule(now: number): void {
    if (!hasBackground || !isIdle(now)) return;
    cancelTimer?.();
    cancelTimer = scheduler.after(dueIn(now), () => void deliverDue());
  }

  function deliverWhenDue(now: number, waitUntil?: WaitUntil): void {
    const isDue = isIdle(now) && dueIn(now) === 0;
    if (!isDue && !isUnattended(now)) return;
    try {
      const keepAlive = waitUntil ?? options.waitUntil?.();
      keepAlive?.(isDue ? deliverDue() : attend());
    } catch {
      // A host that refuses the promise costs this delivery and nothing else: its lease expires, the events still wait.
    }
  }

  /** Waits until events are due, but no longer than a request may, and delivers all that wait. */
  async function attend(): Promise<void> {
    attendedSince = scheduler.now();
    attendedFor = UNPROVEN_ATTENDANCE;
    await within(0);
    let now = scheduler.now();
    if (attendedFor > UNPROVEN_ATTENDANCE && !isUnattended(now)) return;
    const since = attendedSince = now;
    // What is due already is on its way; what has come since has to wait until the next may go.
    let delay = dueIn(now) || MIN_BATCH_INTERVAL_MS;
    while (buffer.length > 0 && delay > 0 && now - since < ATTEND) {
      const wait = Math.min(delay, since + ATTEND - now);
      attendedFor = now + wait - since;
      await within(wait);
      if (attendedSince !== since) return; // late, and another one has taken over
      now = scheduler.now();
      delay = dueIn(now);
    }
    attendedFor = 0;
    if (isClosing() || (failure !== undefined && pauseEndsIn(now) > 0)) return;
    // A timer's attempt, or another request's, counts as the own one.
    await drain(buffer.end, requestTimeout, 0);
  }

  /** Delivers what is due: all that waits when an interval is over, one request when a batch is full. */
  function deliverDue(): Promise<void> {
    const all = failure !== undefined || intervalEndsIn(scheduler.now()) === 0;
    return deliver(all ? buffer.end : buffer.first + 1);
  }

  function deliver(target: number): Promise<void> {
    cancelTimer?.();
    const work = sendUntil(target, ++lease);
    if (hasBackground) delivery = work;
    return work;
  }

  /** Sends request after request until the events numbered below `target` are gone, or one fails. */
  async function sendUntil(target: number, own: number): Promise<void> {
    const cancelProof = takeLease(own);
    await undefined; // what is recorded in the same breath comes along
    let most = batchSize;
    let limit = Number.POSITIVE_INFINITY;
    let refusals = 0;
    while (own === lease && buffer.first < target) {
      // Events pile up behind a failure, behind the pace, and before the end.
      if (failure !== undefined || isClosing() || buffer.length >= backlog) most = backlog;
      limit = Math.min(limit, most);
      const start = buffer.first;
      const events = buffer.peek(limit, REQUEST_BYTES);
      const error = await post(events);
      cancelProof();
      if (own !== lease) return; // all was let go, or another request has taken over
      extendLease();
      if (error === undefined) {
        delivered(start, events.length);
        limit *= 2;
      } else if (isRefusal(error) && ++refusals <= MAX_REFUSALS) {
        if (events.length === 1) dropRefused(start, error);
        limit = Math.ceil(events.length / 2);
        target = Math.max(target, start + events.length); // what has been taken apart is sent in one go
      } else {
        failed(error);
        break;
      }
    }
    if (own === lease) release();
  }

  /** Takes it for a moment, and for as long as a request may take once the own one has shown that it lives on. */
  function takeLease(own: number): CancelTimer {
    if (hasBackground) {
      extendLease();
      return () => {};
    }
    leaseUntil = scheduler.now() + UNPROVEN_LEASE;
    return scheduler.after(0, () => {
      if (own === lease) extendLease();
    });
  }

  function extendLease(): void {
    leaseUntil = hasBackground ? Number.POSITIVE_INFINITY : scheduler.now() + requestTimeout + LEASE_SLACK;
  }

  function release(): void {
    leaseUntil = 0;
    delivery = undefined;
    reportOverflow("overflow");
    schedule(scheduler.now());
  }

  async function post(events: readonly WaitingEvent[]): Promise<RequestError | undefined> {
    requestedAt = scheduler.now();
    const timeout = Math.max(1, Math.min(requestTimeout, deadline - requestedAt));
    try {
      await http.postEvents(`{"events":[${events.map(({ json }) => json).join()}]}`, { timeout });
      return undefined;
    } catch (error) {
      return error as RequestError;
    }
  }

  function delivered(start: number, count: number): void {
    sent += count;
    buffer.dropUntil(start + count);
    reported = Math.min(reported, overflow());
    failure = undefined;
    keyRejections = 0;
  }

  function dropRefused(number: number, error: RequestError): void {
    const refused = buffer.oldest;
    if (refused === undefined || buffer.first > number) return; // it has made room in the meantime
    buffer.dropUntil(number + 1);
    rejected++;
    const dropped = `The event ${quote(refused.flagKey)} was dropped, the service refuses it`;
    warnings.warn("rejected", `${dropped}: ${error.message}`);
  }

  function failed(error: RequestError): void {
    const isNews = failure === undefined && !isClosing();
    failure = error;
    failedLease = lease;
    failedAt = scheduler.now();
    pause = pauseAfter(error);
    if (!isNews) return;
    const message = `Events could not be sent, the next attempt is in ${Math.ceil(pause / 1_000)} s`;
    warnings.warn("failed", `${message}: ${error.message}`);
  }

  function pauseAfter({ retryAfter, keyRejected }: RequestError): number {
    if (retryAfter !== undefined) return Math.max(retryAfter, MIN_PAUSE);
    if (!keyRejected) return flushInterval;
    return Math.max(flushInterval, afterRejection(++keyRejections));
  }

  /**
   * Sends and waits until the events numbered below `target` are gone, or can not go within `timeout` ms, or it `isOver`.
   * Attempts under the leases up to `before` do not count.
   */
  async function drain(
    target: number,
    timeout: number,
    before: number,
    isOver = (): boolean => false,
  ): Promise<void> {
    const since = scheduler.now();
    while (buffer.first < target) {
      const now = scheduler.now();
      const left = remaining(since, timeout, now);
      if (left === 0 || isOver()) return;
      if (now < leaseUntil) {
        await (delivery ?? within(LEASE_POLL));
        continue;
      }
      // Who flushes asks for an attempt now, whatever came of those before; what the server asks for counts all the same.
      const mustRest = failure !== undefined && (failure.retryAfter !== undefined || failedLease > before);
      const delay = mustRest ? pauseEndsIn(now) : 0;
      if (delay > left) return;
      await (delay > 0 ? within(delay) : deliver(target));
    }
  }

  /** Settles with `work`, or without it after `delay` ms or when all is let go. */
  function within(delay: number, work?: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        waits.delete(end);
        resolve();
      };
      // With a background, a caller who waits has a time-out that keeps it alive; for one who stays behind, the host does.
      const cancel = scheduler.after(delay, end, { keepAlive: !hasBackground || work !== undefined });
      if (hasBackground) waits.add(end);
      void work?.then(end);
    });
  }

  function reportOverflow(kind: string): void {
    const count = overflow() - reported;
    if (count === 0 || !warnings.isDue(kind)) return;
    reported += count;
    warnings.warn(kind, `${count} events were dropped, the oldest ones: too many were waiting to be sent`);
  }

  function letGo(): void {
    lease++; // what is still under way has nothing to say any more
    leaseUntil = 0;
    delivery = undefined;
    const left = buffer.length;
    closed += left;
    buffer.dropUntil(buffer.end);
    reportOverflow("last overflow"); // no interval will end any more
    if (left > 0) {
      warnings.warn("closed", `${left} events were dropped: they could not be sent before the end`);
    }
    for (const end of waits) end();
  }

  async function flush(timeout: number): Promise<void> {
    if (buffer.length === 0) return;
    let isOver = false;
    await within(timeout, drain(buffer.end, timeout, lease, () => isOver));
    isOver = true; // by the timers: where the clock was set back, it does not know
  }

  return {
    counters: () => ({ sent, waiting: buffer.length, dropped: { overflow: overflow(), rejected, closed } }),
    hasRoomFor: (count, bytes) => buffer.hasRoomFor(count, bytes),
    add(event) {
      if (isClosing()) return;
      const now = event.timestamp;
      if (overflow() === reported) unreportedSince = now;
      recorded++;
      const hasShed = buffer.push(event);
      // As a rule the end of a delivery reports those that made room, in one line. In a long pause there is none.
      if (hasShed && now - unreportedSince >= flushInterval) reportOverflow("overflow");
      deliverWhenDue(now);
      // Where events had to make room, the timer has long been set.
      if (!hasShed && (buffer.length === 1 || buffer.length === batchSize)) schedule(now);
    },
    deliverWhenDue,
    flush,
    async close(timeout) {
      const now = scheduler.now();
      deadline = Math.min(deadline, now + timeout);
      cancelTimer?.();
      // A pause that outlasts the end would take the last attempt away.
      if (pauseEndsIn(now) > timeout) failure = undefined;
      await flush(timeout);
      letGo();
    },
  };
}

/**
 * How much of `span` ms that began at `since` is left; between 0 and `span`, so that a clock set back can not make it
 * longer.
 */
function remaining(since: number, span: number, now: number): number {
  return Math.min(span, Math.max(0, since + span - now));
}

/** What the service will not take, however often it is sent (contract §5). */
function isRefusal({ status }: RequestError): boolean {
  return status === 400 || status === 413 || status === 422;
}
