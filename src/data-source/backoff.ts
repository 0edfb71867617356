import { FIRST_BACKOFF_MS, MAX_BACKOFF_MS } from "../contract/limits.ts";
import { isKeyRejected, RequestError } from "../errors/request-error.ts";
import { afterRejection } from "../http/refusal.ts";
import type { Scheduler } from "../runtime/scheduler.ts";

/** Options of {@linkcode Backoff.next}; times in ms. */
export interface BackoffOptions {
  /** The longest wait after the first failure; it doubles with each further one. 1,000 by default. */
  readonly first?: number;
  /** The longest wait of all; 30,000 by default. */
  readonly cap?: number;
  /** The shortest wait, in addition to the error's own `Retry-After`; 0 by default. */
  readonly floor?: number;
}

/** The waits before the next attempt, by the number of failures in a row (contract §4). */
export interface Backoff {
  /** Failures in a row; rejections of the key do not count. */
  readonly failures: number;
  /** Counts a failure and draws the wait that follows it, in ms. */
  next(error?: unknown, options?: BackoffOptions): number;
  /** Starts again with the first wait. */
  reset(): void;
}

/** Creates a back-off. Its waits are random, so that a fleet does not return at the same moment. */
export function createBackoff(scheduler: Scheduler): Backoff {
  let failures = 0;
  let rejections = 0;
  return {
    get failures() {
      return failures;
    },
    next(error, { first = FIRST_BACKOFF_MS, cap = MAX_BACKOFF_MS, floor = 0 } = {}) {
      const random = scheduler.random();
      const retryAfter = error instanceof RequestError ? error.retryAfter ?? 0 : 0;
      if (isKeyRejected(error)) return afterRejection(++rejections) * (1 + random / 10);
      rejections = 0;
      const longest = Math.min(first * 2 ** failures++, cap);
      return Math.max(longest * (1 + random) / 2, Math.max(floor, retryAfter) * (1 + random / 4));
    },
    reset() {
      failures = rejections = 0;
    },
  };
}
