import {
  CONNECT_TIMEOUT_MS,
  EVENT_REQUESTS_PER_MINUTE,
  MAX_REQUEST_BYTES,
  MAX_STRETCHED_INTERVAL_MS,
  MIN_BATCH_INTERVAL_MS,
  MIN_FULL_INTERVAL_MS,
  SEARCH_REQUESTS_PER_MINUTE,
  UPLOAD_BYTES_PER_SECOND,
} from "../contract/limits.ts";
import { quote } from "../errors/format.ts";
import type { RequestError } from "../errors/request-error.ts";
import type { HttpClient } from "../http/http-client.ts";
import { afterRejection } from "../http/refusal.ts";
import type { Scheduler } from "../runtime/scheduler.ts";
import type { EventQueue } from "./event-queue.ts";
import type { PacedWarnings } from "./paced-warnings.ts";
import { remaining, RequestBudget } from "./request-budget.ts";
import { RequestSize } from "./request-size.ts";
import { textsOf, writeEvent } from "./serialize.ts";
import type { WaitingEvent } from "./serialize.ts";

/** What a sender needs. Times are in ms. */
export interface SenderOptions {
  readonly http: Pick<HttpClient, "postEvents">;
  readonly scheduler: Pick<Scheduler, "now" | "random">;
  /** How long events wait, and how long they rest after a failure. */
  readonly flushInterval: number;
  /** How many events cause a request. */
  readonly flushBatchSize: number;
  /** How long a request may take, besides the time for its body; 5,000 by default. */
  readonly connectTimeout?: number | undefined;
}

/** What a request is for: to deliver a batch, or to find the events in a refused one that the service refuses. */
export type Work = "batch" | "search";

/** The result of a request; `"lost"`: another sender has taken over, or the delivery was abandoned. */
export type SendResult = "delivered" | "refused" | "failed" | "lost";

/** The events of one request. */
interface Batch {
  readonly events: readonly WaitingEvent[];
  /** How many of the oldest events of each queue they are; none for a search. */
  readonly parts: readonly { readonly queue: EventQueue; readonly count: number }[];
  /** The queue whose refused batch is searched. */
  readonly searched?: EventQueue;
}

/** The last failure, until the next success. */
interface Failure {
  readonly error: RequestError;
  /** The number of the request that failed. */
  readonly request: number;
  readonly at: number;
  /** How long events rest, in ms. */
  readonly pause: number;
}

/** How many requests may follow each other without a wait, of the number that is allowed in a minute. */
const BURST = 20;
/** How much of the interval's stretch remains after a success (contract §5). */
const SHRINK = 0.95;
/** How far intervals vary after a 429, in both directions (contract §5). */
const JITTER = 0.25;
/** A pause that a server names is at least this long, in ms. */
const MIN_PAUSE_MS = 1_000;
/** While closing: the first wait before another attempt, in ms; it doubles with each failure. */
const CLOSING_PAUSE_MS = 100;
/** After so many refused batches in a row the service refuses everything: searching would only cost requests. */
const MAX_REFUSALS_IN_ROW = 5;
/** The size of a request's body without its events, in bytes. */
const BODY_FRAME_BYTES = '{"events":[]}'.length;
/** How long a queue with refused events is sent apart from the others, in ms. */
const DISTRUST_MS = 600_000;

/** Sends the events of one or more queues: one request at a time, each decided by the answers before (contract §5). */
export class Sender {
  readonly #options: SenderOptions;
  readonly #queues: readonly EventQueue[];
  readonly #warnings: PacedWarnings;
  readonly #size: RequestSize;
  readonly #requests = new RequestBudget(EVENT_REQUESTS_PER_MINUTE, BURST);
  readonly #searches = new RequestBudget(SEARCH_REQUESTS_PER_MINUTE, BURST);
  /** Since when the events of a queue are sent apart. */
  readonly #distrusted = new Map<EventQueue, number>();
  #status: "open" | "closing" = "open";
  #failure: Failure | undefined;
  #failuresInRow = 0;
  #keyRejections = 0;
  #refusalsInRow = 0;
  /** The interval between requests: longer than the option's after a 429. */
  #interval: number;
  /** The wait after the last request while the interval is stretched. */
  #gap = 0;
  #requestedAt = Number.NEGATIVE_INFINITY;
  #requestTimeout: number;
  #requestCount = 0;
  /** The queue whose turn it is. */
  #turn = 0;

  constructor(queues: readonly EventQueue[], options: SenderOptions, warnings: PacedWarnings) {
    this.#queues = queues;
    this.#options = options;
    this.#warnings = warnings;
    this.#interval = options.flushInterval;
    this.#size = new RequestSize(options.flushBatchSize);
    this.#requestTimeout = this.#timeoutFor(0);
  }

  /** How many events cause a request. */
  get batchSize(): number {
    return this.#size.batch;
  }

  /** The number of requests so far. */
  get requestCount(): number {
    return this.#requestCount;
  }

  /** How many events wait to be sent, without those of refused batches. */
  get ready(): number {
    let sum = 0;
    for (const queue of this.#queues) sum += queue.length;
    return sum;
  }

  /** How many events wait in all. */
  get waiting(): number {
    let sum = 0;
    for (const queue of this.#queues) sum += queue.waiting;
    return sum;
  }

  /** Whether the last request failed. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Whether the last request failed, and the service did not ask for a pause. */
  get mayTryAgain(): boolean {
    const error = this.#failure?.error;
    return error !== undefined && error.retryAfter === undefined && !error.keyRejected;
  }

  /** The end of each queue: what {@linkcode isPast} compares. */
  ends(): number[] {
    return this.#queues.map((queue) => queue.end);
  }

  /** Whether all events below these ends are gone. */
  isPast(ends: readonly number[]): boolean {
    return this.#queues.every((queue, index) => queue.first >= ends[index]!);
  }

  /** How long until the oldest event has waited for the interval, in ms. */
  intervalEndsIn(now: number): number {
    let wait = this.#options.flushInterval;
    for (const { oldest } of this.#queues) {
      if (oldest !== undefined) {
        wait = Math.min(wait, remaining(oldest.recordedAt, this.#options.flushInterval, now));
      }
    }
    return wait;
  }

  /** How long until the pause after a failure is over, in ms. */
  pauseEndsIn(now: number): number {
    return this.#failure === undefined ? 0 : remaining(this.#failure.at, this.#failure.pause, now);
  }

  /** How long until the next batch leaves by itself, in ms; `Infinity` when none waits. */
  batchDueIn(now: number): number {
    const { ready } = this;
    if (ready === 0) return Number.POSITIVE_INFINITY;
    const budget = this.#requests.waitFor(now);
    if (this.#failure !== undefined) return Math.max(this.pauseEndsIn(now), budget);
    let wait = this.intervalEndsIn(now);
    if (ready >= this.batchSize) {
      const isFilling = this.#queues.some((queue) => queue.isHalfFull);
      const pace = isFilling ? MIN_FULL_INTERVAL_MS : MIN_BATCH_INTERVAL_MS;
      wait = Math.min(wait, remaining(this.#requestedAt, pace, now));
    }
    return Math.max(wait, this.#gapEndsIn(now), budget);
  }

  /** How long until the next request of a search may be made, in ms; `Infinity` when nothing is searched. */
  searchDueIn(now: number): number {
    if (this.#nextSearched() === undefined) return Number.POSITIVE_INFINITY;
    return Math.max(
      this.pauseEndsIn(now),
      this.#gapEndsIn(now),
      this.#searches.waitFor(now),
      this.#requests.waitFor(now),
    );
  }

  /**
   * What a caller who wants all events below `ends` sent has to wait for, and how long, in ms. Failures of requests up to the
   * number `before` do not count, unless the server named a pause.
   */
  nextFor(
    ends: readonly number[],
    before: number,
    now: number,
  ): { readonly work: Work; readonly wait: number } {
    const hasReady = this.#queues.some(({ oldest }, index) =>
      oldest !== undefined && oldest.number < ends[index]!
    );
    const work = hasReady ? "batch" : "search";
    const failure = this.#failure;
    const mustRest = failure !== undefined &&
      (failure.error.retryAfter !== undefined || failure.request > before);
    return {
      work,
      wait: Math.max(
        mustRest ? this.pauseEndsIn(now) : 0,
        this.#status === "closing" ? 0 : this.#gapEndsIn(now),
        this.#requests.waitFor(now),
        hasReady ? 0 : this.#searches.waitFor(now),
      ),
    };
  }

  /** Begins the last attempts, for which `left` ms remain: in large requests, with short pauses. */
  startClosing(left: number): void {
    this.#status = "closing";
    this.#size.expectBacklog();
    if (this.#failure === undefined) return;
    // Only a pause that the server named counts, and one that outlasts the end would take the last attempt away.
    this.#failure = { ...this.#failure, pause: this.#failure.error.retryAfter ?? 0 };
    if (this.pauseEndsIn(this.#now()) > left) this.#failure = undefined;
  }

  /** How long the latest request may take, in ms. */
  get requestTimeout(): number {
    return this.#requestTimeout;
  }

  /**
   * Makes one request, which takes at most `limit` ms, and applies its answer; unless `isCurrent` says by then that the events
   * are somebody else's. There has to be something to send.
   */
  async send(work: Work, limit: number, isCurrent: () => boolean): Promise<SendResult> {
    const now = this.#now();
    const batch = work === "search" ? this.#composeSearch() : this.#compose();
    for (const { queue, count } of batch.parts) queue.markUnderWay(count);
    this.#requests.take(now);
    if (work === "search") this.#searches.take(now);
    this.#requestedAt = now;
    this.#gap = this.#jitter(this.#interval);
    const request = ++this.#requestCount;
    const error = await this.#post(batch.events, limit, now);
    if (!isCurrent()) return "lost";
    if (error === undefined) return this.#delivered(batch);
    if (isRefusal(error)) return this.#refused(batch, error, request);
    return this.#failed(batch, error, request);
  }

  async #post(
    events: readonly WaitingEvent[],
    limit: number,
    now: number,
  ): Promise<RequestError | undefined> {
    const body = `{"events":[${events.map((event) => writeEvent(event, now)).join()}]}`;
    const timeout = Math.max(1, Math.min(this.#timeoutFor(body.length), limit));
    this.#requestTimeout = timeout;
    try {
      await this.#options.http.postEvents(body, { timeout });
      return undefined;
    } catch (error) {
      return error as RequestError;
    }
  }

  #timeoutFor(bytes: number): number {
    const { connectTimeout = CONNECT_TIMEOUT_MS } = this.#options;
    return connectTimeout + Math.ceil(1_000 * bytes / UPLOAD_BYTES_PER_SECOND);
  }

  /** The next batch: each trusted queue gives its share, those with refused events are sent apart. */
  #compose(): Batch {
    const limit = this.#size.next(this.ready, this.#failure !== undefined, this.#now());
    const queues = this.#rotate().filter((queue) => queue.length > 0);
    const first = queues[0]!;
    const sources = this.#isDistrusted(first)
      ? [first]
      : queues.filter((queue) => !this.#isDistrusted(queue));
    const parts: { queue: EventQueue; count: number }[] = [];
    const events: WaitingEvent[] = [];
    let bytes = MAX_REQUEST_BYTES - BODY_FRAME_BYTES;
    for (const [index, queue] of sources.entries()) {
      const share = Math.ceil((limit - events.length) / (sources.length - index));
      const shareBytes = bytes / (sources.length - index);
      if (share === 0) break;
      const taken = queue.peek(share, shareBytes);
      const size = taken.reduce((sum, event) => sum + event.size, 0);
      if (size > bytes) continue; // one large event, for which the next request has room
      events.push(...taken);
      bytes -= size;
      parts.push({ queue, count: taken.length });
    }
    return { events, parts };
  }

  #composeSearch(): Batch {
    const searched = this.#nextSearched()!;
    this.#turn = this.#queues.indexOf(searched) + 1;
    return { events: searched.refusedBatch!.next(), parts: [], searched };
  }

  /** The queues, beginning with the one whose turn it is. */
  #rotate(): EventQueue[] {
    const start = this.#turn++ % this.#queues.length;
    return [...this.#queues.slice(start), ...this.#queues.slice(0, start)];
  }

  #nextSearched(): EventQueue | undefined {
    const count = this.#queues.length;
    for (let index = 0; index < count; index++) {
      const queue = this.#queues[(this.#turn + index) % count]!;
      if (queue.refusedBatch !== undefined) return queue;
    }
    return undefined;
  }

  #isDistrusted(queue: EventQueue): boolean {
    return remaining(this.#distrusted.get(queue) ?? Number.NEGATIVE_INFINITY, DISTRUST_MS, this.#now()) > 0;
  }

  #delivered({ parts, searched, events }: Batch): "delivered" {
    if (searched === undefined) {
      for (const { queue, count } of parts) queue.delivered(count);
      this.#size.delivered(events.length, this.ready);
    } else {
      this.#answerSearch(searched, undefined);
    }
    this.#failure = undefined;
    this.#failuresInRow = this.#keyRejections = this.#refusalsInRow = 0;
    this.#interval = Math.max(this.#options.flushInterval, SHRINK * this.#interval);
    return "delivered";
  }

  /** The service does not take these events, however often they are sent. */
  #refused(batch: Batch, error: RequestError, request: number): SendResult {
    const { parts, searched, events } = batch;
    if (searched !== undefined) {
      this.#answerSearch(searched, error);
      return "refused";
    }
    if (error.status === 413 && this.#size.tooLarge(events.length, this.#now())) return "refused";
    if (events.length === 1) {
      parts[0]!.queue.rejected();
      this.#warnOfRejected(events[0]!, error);
      return "refused";
    }
    const isShared = this.#queues.length > 1;
    if (!isShared && ++this.#refusalsInRow > MAX_REFUSALS_IN_ROW) return this.#failed(batch, error, request);
    for (const { queue, count } of parts) queue.setAside(count, parts.length === 1);
    // Of several queues, the search finds the one whose events are refused.
    if (parts.length === 1) this.#distrusted.set(parts[0]!.queue, this.#now());
    return "refused";
  }

  #answerSearch(queue: EventQueue, error: RequestError | undefined): void {
    const batch = queue.refusedBatch!;
    const rejected = queue.answerRefusedBatch(error === undefined);
    if (error !== undefined) this.#distrusted.set(queue, this.#now());
    if (rejected !== undefined) this.#warnOfRejected(rejected, error!);
    // All its parts were accepted: the batch was too large.
    const wasTooLarge = batch.isDone && batch.isRefused && !batch.hasRefusedEvent;
    if (wasTooLarge) this.#size.refused(batch.size, this.#now());
  }

  #failed({ events, parts }: Batch, error: RequestError, request: number): "failed" {
    const now = this.#now();
    for (const { queue } of parts) queue.markUnderWay(0);
    if (error.status === undefined) this.#size.timedOut(events.length, now);
    if (error.status === 429) this.#interval = Math.min(MAX_STRETCHED_INTERVAL_MS, 2 * this.#interval);
    this.#failuresInRow++;
    const isNew = this.#failure === undefined && this.#status === "open";
    const pause = this.#pauseAfter(error);
    this.#failure = { error, request, at: now, pause };
    if (isNew) {
      const message = `Event delivery failed, next attempt in ${Math.ceil(pause / 1_000)} s`;
      this.#warnings.warn("failed", `${message}: ${error.message}`);
    }
    return "failed";
  }

  #pauseAfter({ status, retryAfter, keyRejected }: RequestError): number {
    const { flushInterval } = this.#options;
    if (this.#status === "closing") {
      if (keyRejected) return Number.POSITIVE_INFINITY; // the next attempt would be rejected too
      return Math.max(retryAfter ?? 0, CLOSING_PAUSE_MS * 2 ** Math.min(this.#failuresInRow - 1, 5));
    }
    if (status === 429) return Math.max(retryAfter ?? 0, this.#jitter(this.#interval));
    if (retryAfter !== undefined) return Math.max(retryAfter, MIN_PAUSE_MS);
    if (!keyRejected) return flushInterval;
    return Math.max(flushInterval, afterRejection(++this.#keyRejections));
  }

  #warnOfRejected(event: WaitingEvent, error: RequestError): void {
    const message = `Event ${quote(textsOf(event).name)} dropped, the service refuses it`;
    this.#warnings.warn("rejected", `${message}: ${error.message}`);
  }

  /** How long until the stretched interval since the last request is over, in ms. */
  #gapEndsIn(now: number): number {
    return this.#interval > this.#options.flushInterval ? remaining(this.#requestedAt, this.#gap, now) : 0;
  }

  #jitter(interval: number): number {
    return interval * (1 - JITTER + 2 * JITTER * this.#options.scheduler.random());
  }

  #now(): number {
    return this.#options.scheduler.now();
  }
}

/** Whether the service will never take these events (contract §5). */
function isRefusal({ status }: RequestError): boolean {
  return status === 400 || status === 413 || status === 422;
}
