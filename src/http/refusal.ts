import {
  DEFAULT_RATE_LIMIT_PAUSE_MS,
  MAX_SERVER_DELAY_MS,
  REJECTED_KEY_LONG_WAIT_MS,
  REJECTED_KEY_SHORT_WAITS,
  REJECTED_KEY_WAIT_MS,
} from "../contract/limits.ts";
import type { HttpFailure } from "../errors/request-error.ts";
import type { Scheduler } from "../runtime/scheduler.ts";

/** What a refusal means for the client, and the words for it. */
export interface Refusal extends HttpFailure {
  readonly status: number;
  readonly keyRejected: boolean;
  /** What the server said: a redirect's target, or the message of an error body. Not redacted. */
  readonly statement: string | undefined;
  /** What to do about it, as the end of a message; empty when that is not known. */
  readonly advice: string;
}

/**
 * Interprets a response that is not a success (contract §1). 401, and 403 with a JSON body, mean that the SDK key is
 * rejected; everything else is transient.
 *
 * @param text The body's text; empty when it could not be read.
 * @param now The wall clock, in ms since the epoch.
 */
export function interpretRefusal(
  { status, headers }: Pick<Response, "status" | "headers">,
  text: string,
  now: number,
): Refusal {
  const problem = parseObject(text);
  const keyRejected = status === 401 || (status === 403 && problem !== undefined);
  const retryAfter = parseRetryAfter(headers, now) ??
    (status === 429 ? DEFAULT_RATE_LIMIT_PAUSE_MS : undefined);
  const statement = [headers.get("location"), problem?.error, problem?.detail, problem?.title]
    .find((text): text is string => typeof text === "string" && text !== "");
  return { status, keyRejected, retryAfter, statement, advice: adviceOn(status, keyRejected) };
}

/**
 * Parses a `Retry-After` header: seconds, or an HTTP date, which is compared with the response's own `Date` if it has one.
 *
 * @param now The wall clock for responses without a `Date`, in ms since the epoch.
 * @returns The wait in ms, 0 to 10 minutes; `undefined` when the header is missing or can't be parsed.
 */
export function parseRetryAfter(headers: Headers, now: number): number | undefined {
  const text = headers.get("retry-after")?.trim() ?? "";
  // `Date.parse` accepts many numbers: an HTTP date begins with the name of its day.
  const date = /^[a-z]/i.test(text) ? Date.parse(text) : NaN;
  const delay = /^[\d.]+$/.test(text)
    ? Number(text) * 1000
    : date - (Date.parse(headers.get("date") ?? "") || now);
  return Number.isNaN(delay) ? undefined : Math.min(Math.max(delay, 0), MAX_SERVER_DELAY_MS);
}

/**
 * The wait before a rejected key is tried again, in ms: 30 s, five times, then 5 minutes (contract §1). A key can be
 * enabled again, but rarely within seconds.
 *
 * @param count How often it was rejected in a row, this time included.
 */
export function afterRejection(count: number): number {
  return count > REJECTED_KEY_SHORT_WAITS ? REJECTED_KEY_LONG_WAIT_MS : REJECTED_KEY_WAIT_MS;
}

const MINUTE_MS = 60_000;

/**
 * What one process takes of the 1,000 requests a minute that a fleet shares per SDK key (contract §1): a count of its
 * own requests, and the pause that a 429 imposes on configuration calls.
 */
export class RequestQuota {
  readonly #scheduler: Scheduler;
  /** When each request of the last minute was sent, in ms since the epoch. */
  #sentAt: number[] = [];
  #pausedAt = 0;
  #pauseLength = 0;

  /** @param scheduler The clock. */
  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** How long configuration calls have to wait, in ms; 0 when they may be made. */
  get pause(): number {
    const passed = this.#scheduler.now() - this.#pausedAt;
    // A pause that began later than now was imposed before the clock was set back (contract §6.2).
    if (passed < 0) return this.#pauseLength = 0;
    return Math.max(0, this.#pauseLength - passed);
  }

  /** How many requests were sent during the last minute. */
  get sentInLastMinute(): number {
    const now = this.#scheduler.now();
    this.#sentAt = this.#sentAt.filter((at) => at > now - MINUTE_MS && at <= now);
    return this.#sentAt.length;
  }

  /** Pauses configuration calls: the service answered 429. */
  pauseFor(ms: number): void {
    this.#pauseLength = ms;
    this.#pausedAt = this.#scheduler.now();
  }

  /** Counts a request that is about to be sent. Forgets those older than a minute, so that memory stays bounded. */
  count(): void {
    void this.sentInLastMinute;
    this.#sentAt.push(this.#scheduler.now());
  }
}

function adviceOn(status: number, keyRejected: boolean): string {
  if (keyRejected) {
    return ": the SDK key was rejected, check that it is right and neither expired nor revoked";
  }
  // A redirect that was not followed is opaque on some runtimes, without a status.
  if (status < 400 && status !== 304) return ": redirects are not followed, correct the base URL";
  if (status === 403) return ": check for a firewall in between";
  if (status === 404) return ": check the base URL";
  if (status === 429) return ": too many requests with this SDK key, share flags through a relay or a store";
  return status >= 500 ? ": the service is unavailable for now" : "";
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return { ...JSON.parse(text) as object };
  } catch {
    return undefined;
  }
}
