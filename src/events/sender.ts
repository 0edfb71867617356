import {
  EVENT_REQUESTS_PER_MINUTE,
  MAX_BATCH_BYTES,
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
import { remaining } from "../runtime/scheduler.ts";
import type { Scheduler } from "../runtime/scheduler.ts";
import type { EventSource } from "./event-queue.ts";
import type { PacedWarnings } from "./paced-warnings.ts";
import { RequestBudget } from "./request-budget.ts";
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
  /** How long a request may take, besides the time for its body. */
  readonly connectTimeout: number;
}

/** What a request is for: to deliver a batch, or to find the events in a refused one that the service refuses. */
export type Work = "batch" | "search";

/** The last failure, until the next success. */
interface Failure {
  readonly error: RequestError;
  /** The number of the request that failed. */
  readonly request: number;
  at: number;
  /** How long events rest, in ms. */
  pause: number;
}

/** How much of the interval's stretch remains after a success (contract §5). */
const SHRINK = 0.95;
/** How far intervals vary after a 429, in both directions (contract §5). */
const JITTER = 0.25;
/** A pause that a server names is at least this long, in ms. */
const MIN_PAUSE_MS = 1_000;
/** While closing: the first wait before another attempt, in ms; it doubles with each failure, to 1.6 s. */
const CLOSING_PAUSE_MS = 100;
/** After so many refused batches in a row the service refuses everything: searching would only cost requests. */
const MAX_REFUSALS_IN_ROW = 5;

/** Sends waiting events: one request at a time, each decided by the answers before (contract §5). */
export class Sender {
  readonly #options: SenderOptions;
  readonly #source: EventSource;
  readonly #warnings: PacedWarnings;
  readonly #size: RequestSize;
  readonly #requests = new RequestBudget(EVENT_REQUESTS_PER_MINUTE);
  readonly #searches = new RequestBudget(SEARCH_REQUESTS_PER_MINUTE);
  #isClosing = false;
  #failure: Failure | undefined;
  #failuresInRow = 0;
  #keyRejections = 0;
  #refusalsInRow = 0;
  /** The interval between requests: longer than the option's after a 429. */
  #interval: number;
  /** The wait after the last request while the interval is stretched. */
  #gap = 0;
  #requestedAt = -Infinity;
  /** When the last batch was sent: a search delays no other. */
  #batchSentAt = -Infinity;
  #requestTimeout: number;
  #requestCount = 0;
  /** Whether a batch was sent while a search waited. */
  #isSearchNext = false;

  constructor(source: EventSource, options: SenderOptions, warnings: PacedWarnings) {
    this.#source = source;
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

  /** Whether the last request failed. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Whether the last request failed, and the service did not ask for a pause. */
  get mayTryAgain(): boolean {
    const error = this.#failure?.error;
    return error !== undefined && error.retryAfter === undefined && !error.keyRejected;
  }

  /** How long until the oldest event has waited for the interval, in ms. */
  intervalEndsIn(now: number): number {
    const since = this.#source.oldest?.recordedAt ?? now;
    // After the clock was set back nobody knows how long it has waited.
    return since > now ? 0 : remaining(since, this.#options.flushInterval, now);
  }

  /** How long until the pause after a failure is over, in ms. */
  pauseEndsIn(now: number): number {
    const failure = this.#failure;
    if (failure === undefined) return 0;
    // After the clock was set back the pause begins again, once.
    failure.at = Math.min(failure.at, now);
    return remaining(failure.at, failure.pause, now);
  }

  /** How long until the next batch leaves by itself, in ms; `Infinity` when none waits. */
  batchDueIn(now: number): number {
    const { length, isHalfFull } = this.#source;
    if (length === 0) return Infinity;
    if (this.hasFailed) return Math.max(this.pauseEndsIn(now), this.#requests.waitFor(now));
    let wait = this.intervalEndsIn(now);
    if (length >= this.batchSize) {
      const pace = isHalfFull ? MIN_FULL_INTERVAL_MS : MIN_BATCH_INTERVAL_MS;
      this.#batchSentAt = Math.min(this.#batchSentAt, now);
      wait = Math.min(wait, remaining(this.#batchSentAt, pace, now));
    }
    return Math.max(wait, this.#requestWait("batch", now));
  }

  /** How long until the next request of a search may be made, in ms; `Infinity` when nothing is searched. */
  searchDueIn(now: number): number {
    if (this.#source.refusedBatch === undefined) return Infinity;
    return Math.max(this.pauseEndsIn(now), this.#requestWait("search", now));
  }

  /** What is due first. In turn when both are: where batches are always due, a search would wait forever. */
  nextDue(now: number): Work {
    const search = this.searchDueIn(now);
    const batch = this.batchDueIn(now);
    const isSearch = search === batch ? this.#hasSuspect || this.#isSearchNext : search < batch;
    return isSearch ? "search" : "batch";
  }

  /**
   * What a caller who wants all events below the number `end` sent has to wait for, and how long, in ms. Failures of requests up to the
   * number `before` do not count, unless the server named a pause.
   */
  nextFor(
    end: number,
    before: number,
    now: number,
  ): { readonly work: Work; readonly wait: number } {
    const { oldest } = this.#source;
    const hasReady = oldest !== undefined && oldest.number < end && !this.#hasSuspect;
    const work = hasReady ? "batch" : "search";
    const failure = this.#failure;
    const mustRest = failure !== undefined &&
      (failure.error.retryAfter !== undefined || failure.request > before);
    return {
      work,
      wait: Math.max(mustRest ? this.pauseEndsIn(now) : 0, this.#requestWait(work, now)),
    };
  }

  /** Begins the last attempts, for which `left` ms remain: in large requests, with short pauses. */
  startClosing(left: number): void {
    this.#isClosing = true;
    if (this.#failure === undefined) return;
    // Only a pause that the server named counts, and one that outlasts the end would take the last attempt away.
    this.#failure.pause = this.#failure.error.retryAfter ?? 0;
    if (this.pauseEndsIn(this.#now()) > left) this.#failure = undefined;
  }

  /** How long the latest request may take, in ms. */
  get requestTimeout(): number {
    return this.#requestTimeout;
  }

  /**
   * Makes one request, which takes at most `limit` ms, and applies its answer; unless `isCurrent` says by then that the events
   * are somebody else's. There has to be something to send. Returns whether another request may follow: the service decided on
   * the events, and they are still this sender's.
   */
  async send(work: Work, limit: number, isCurrent: () => boolean): Promise<boolean> {
    const now = this.#now();
    const isSearch = work === "search";
    const events = isSearch ? this.#source.refusedBatch!.next() : this.#source.take(
      this.#size.next(this.#source.length, this.#isClosing || this.hasFailed, now),
      MAX_BATCH_BYTES,
    );
    this.#requests.take(now);
    if (!isSearch) this.#batchSentAt = now;
    else if (!this.#hasSuspect) this.#searches.take(now);
    this.#isSearchNext = !isSearch && this.#source.refusedBatch !== undefined;
    this.#requestedAt = now;
    this.#gap = this.#jitter(this.#interval);
    this.#requestCount++;
    const body = `{"events":[${events.map((event) => writeEvent(event, now)).join()}]}`;
    const timeout = this.#requestTimeout = Math.max(1, Math.min(this.#timeoutFor(body.length), limit));
    const error = await this.#options.http.postEvents(body, { timeout }).then(
      () => undefined,
      (error: RequestError) => error,
    );
    if (!isCurrent()) return false;
    if (error === undefined) this.#delivered(isSearch, events.length);
    else if (isFinal(error) && isSearch) this.#answerSearch(error);
    else if (!isFinal(error) || !this.#refused(events, error)) {
      this.#failed(events.length, error);
      return false;
    }
    return true;
  }

  #timeoutFor(bytes: number): number {
    return this.#options.connectTimeout + Math.ceil(1_000 * bytes / UPLOAD_BYTES_PER_SECOND);
  }

  #delivered(isSearch: boolean, count: number): void {
    if (isSearch) {
      this.#answerSearch(undefined);
    } else {
      this.#source.delivered();
      this.#size.delivered(count, this.#source.length);
    }
    this.#failure = undefined;
    this.#failuresInRow = this.#keyRejections = this.#refusalsInRow = 0;
    this.#interval = Math.max(this.#options.flushInterval, SHRINK * this.#interval);
  }

  /** The service does not take these events, however often they are sent. Returns false if it seems to take none at all. */
  #refused(events: readonly WaitingEvent[], error: RequestError): boolean {
    const { length } = events;
    if (error.status === 413 && length > this.batchSize) {
      this.#size.refused(length, this.#now());
      this.#source.failed();
    } else if (length === 1) {
      this.#source.rejected();
      this.#warnOfRejected(events[0]!, error);
    } else if (!this.#source.isShared && ++this.#refusalsInRow > MAX_REFUSALS_IN_ROW) {
      return false;
    } else {
      this.#source.setAside();
    }
    return true;
  }

  #answerSearch(error: RequestError | undefined): void {
    const batch = this.#source.refusedBatch!;
    const rejected = this.#source.answerRefusedBatch(error === undefined);
    if (rejected !== undefined) this.#warnOfRejected(rejected, error!);
    if (batch.wasTooLarge) this.#size.refused(batch.size, this.#now());
  }

  #failed(count: number, error: RequestError): void {
    const now = this.#now();
    this.#source.failed();
    if (error.status === undefined) {
      // The request's time limit tells whether its body was larger than what is uploaded in a second.
      this.#size.timedOut(count, this.#requestTimeout > this.#timeoutFor(UPLOAD_BYTES_PER_SECOND), now);
    }
    if (error.status === 429) this.#interval = Math.min(MAX_STRETCHED_INTERVAL_MS, 2 * this.#interval);
    this.#failuresInRow++;
    const isNew = this.#failure === undefined && !this.#isClosing;
    const pause = this.#pauseAfter(error);
    this.#failure = { error, request: this.#requestCount, at: now, pause };
    if (isNew) {
      const message = `Event delivery failed, next attempt in ${Math.ceil(pause / 1_000)} s`;
      this.#warnings.warn("failed", `${message}: ${error.message}`);
    }
  }

  #pauseAfter({ status, retryAfter, keyRejected }: RequestError): number {
    const { flushInterval } = this.#options;
    if (this.#isClosing) {
      if (keyRejected) return Infinity; // the next attempt would be rejected too
      return Math.max(retryAfter ?? 0, CLOSING_PAUSE_MS * 2 ** Math.min(this.#failuresInRow - 1, 4));
    }
    if (status === 429) return Math.max(retryAfter ?? 0, this.#jitter(this.#interval));
    if (retryAfter !== undefined) return Math.max(retryAfter, MIN_PAUSE_MS);
    if (!keyRejected) return flushInterval;
    return Math.max(flushInterval, afterRejection(++this.#keyRejections));
  }

  #warnOfRejected(event: WaitingEvent, error: RequestError): void {
    const message = `Event ${quote(textsOf(event).flagKey)} dropped, the service refuses it`;
    this.#warnings.warn("rejected", `${message}: ${error.message}`);
  }

  /** Whether a part of a refused batch waits of which nothing is known by itself: it is sent whole, which is no search yet. */
  get #hasSuspect(): boolean {
    return this.#source.refusedBatch?.isSuspect === true;
  }

  /** How long until the budgets and the stretched interval since the last request allow another, in ms. */
  #requestWait(work: Work, now: number): number {
    this.#requestedAt = Math.min(this.#requestedAt, now);
    const isStretched = this.#interval > this.#options.flushInterval && !this.#isClosing;
    return Math.max(
      isStretched ? remaining(this.#requestedAt, this.#gap, now) : 0,
      this.#requests.waitFor(now),
      work === "search" && !this.#hasSuspect ? this.#searches.waitFor(now) : 0,
    );
  }

  #jitter(interval: number): number {
    return interval * (1 - JITTER + 2 * JITTER * this.#options.scheduler.random());
  }

  #now(): number {
    return this.#options.scheduler.now();
  }
}

/** Whether the service will never take these events (contract §5). */
function isFinal({ status }: RequestError): boolean {
  return status === 400 || status === 413 || status === 422;
}
