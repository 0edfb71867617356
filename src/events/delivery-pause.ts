import type { HttpError } from "../http/http-error.ts";
import { remaining } from "./remaining.ts";

/** How long a rejected key rests before the next attempt, in ms, the first five times and ever after (contract §1). */
const KEY_REJECTED_DELAYS = { first: 30_000, then: 300_000 } as const;
/** A server that asks for a pause of nothing gets this one, in ms. */
const MIN_PAUSE = 1_000;

/** The time after a failed attempt in which events are not tried again by themselves (contract §5). */
export class DeliveryPause {
  readonly #flushInterval: number;
  #since = 0;
  #length = 0;
  #byServer = false;
  #keyRejections = 0;

  /** `flushInterval` in ms: how long a pause is that nobody asked for. */
  constructor(flushInterval: number) {
    this.#flushInterval = flushInterval;
  }

  /** Whether the last attempt failed. */
  get afterFailure(): boolean {
    return this.#length > 0;
  }

  /** Whether the server asked for it (`Retry-After`): then even a caller who wants to send now has to wait. */
  get byServer(): boolean {
    return this.#byServer;
  }

  /** How much of it is left, in ms. */
  endsIn(now: number): number {
    return remaining(this.#since, this.#length, now);
  }

  /** Begins a pause; tells how long it is, in ms. */
  begin(failure: HttpError, now: number): number {
    this.#since = now;
    this.#byServer = failure.retryAfter !== undefined;
    if (failure.retryAfter !== undefined) {
      this.#length = Math.max(failure.retryAfter, MIN_PAUSE);
    } else if (failure.keyRejected) {
      const { first, then } = KEY_REJECTED_DELAYS;
      this.#length = Math.max(this.#flushInterval, this.#keyRejections++ < 5 ? first : then);
    } else {
      this.#length = this.#flushInterval;
    }
    return this.#length;
  }

  /** Ends it at once. */
  end(): void {
    this.#length = 0;
    this.#keyRejections = 0;
  }
}
