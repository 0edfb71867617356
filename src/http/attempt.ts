import type { Scheduler } from "../runtime/scheduler.ts";
import { HttpError } from "./http-error.ts";
import type { HttpFailure } from "./http-error.ts";

/**
 * One request from its start to the last byte of its answer, and the one way to end it early. It has an
 * `AbortController` of its own: a signal that many requests share gathers their listeners (`AbortSignal.any` does).
 */
export interface Attempt {
  readonly signal: AbortSignal;
  /** Makes an error that names the request. */
  error(what: string, failure?: HttpFailure): HttpError;
  /**
   * Settles with `work`, or rejects when the attempt ends, which it does after `ms` with the error `what`. A `fetch` that
   * ignores its signal must not hang its caller.
   */
  within<T>(ms: number, what: string, work: Promise<T>): Promise<T>;
  /** Ends it, with the error `what`. */
  end(what: string): void;
}

/**
 * Makes an attempt.
 *
 * @param request What its errors begin with: method and path.
 */
export function createAttempt(request: string, scheduler: Scheduler): Attempt {
  const controller = new AbortController();
  let abandon: (reason: HttpError) => void;
  const ended = new Promise<never>((_, reject) => abandon = reject);
  ended.catch(() => {}); // nobody may be waiting

  const attempt: Attempt = {
    signal: controller.signal,
    error: (what, failure) => new HttpError(`${request} ${what}`, failure),
    async within(ms, what, work) {
      const cancel = scheduler.after(ms, () => attempt.end(what));
      try {
        return await Promise.race([ended, work]);
      } finally {
        cancel();
      }
    },
    end(what) {
      abandon(attempt.error(what));
      controller.abort();
    },
  };
  return attempt;
}
