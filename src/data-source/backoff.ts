import { FIRST_BACKOFF_MS, MAX_BACKOFF_MS } from "../contract/limits.ts";
import { afterRejection } from "../http/headers.ts";
import { HttpError } from "../http/http-error.ts";
import type { Scheduler } from "../runtime/scheduler.ts";

/** How {@linkcode Backoff.next} draws; times in ms. */
export interface BackoffOptions {
  /** What the first failure costs at most; it doubles from there. 1,000 by default. */
  readonly first?: number;
  /** Where doubling ends; 30,000 by default. */
  readonly cap?: number;
  /** What the server asked for, apart from the error's own `Retry-After`; 0 by default. */
  readonly floor?: number;
}

/** How long to wait before the next attempt, from the failures in a row (contract §4). */
export interface Backoff {
  /** Failures in a row; a rejected key is none. */
  readonly failures: number;
  /** Counts a failure, and draws the wait that follows it, in ms. */
  next(error?: unknown, options?: BackoffOptions): number;
  /** Begins anew. */
  reset(): void;
}

/** Makes a back-off. The chance in it keeps a fleet from coming back all at once. */
export function createBackoff(scheduler: Scheduler): Backoff {
  let failures = 0;
  let rejections = 0;
  return {
    get failures() {
      return failures;
    },
    next(error, { first = FIRST_BACKOFF_MS, cap = MAX_BACKOFF_MS, floor = 0 } = {}) {
      const chance = scheduler.random();
      const { keyRejected, retryAfter = 0 } = error instanceof HttpError ? error : {} as Partial<HttpError>;
      if (keyRejected) return afterRejection(++rejections) * (1 + chance / 10);
      rejections = 0;
      const most = Math.min(first * 2 ** failures++, cap);
      return Math.max(most * (1 + chance) / 2, Math.max(floor, retryAfter) * (1 + chance / 4));
    },
    reset() {
      failures = rejections = 0;
    },
  };
}
