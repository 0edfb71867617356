import type { Scheduler } from "../runtime/scheduler.ts";
import type { HttpError } from "./http-error.ts";

/**
 * One request from its start to the last byte of its answer, and the one way to end it early. It has an
 * `AbortController` of its own: a signal that many requests share gathers their listeners (`AbortSignal.any` does).
 */
export interface Attempt {
  readonly signal: AbortSignal;
  /** Settles with `work`, or with the attempt's failure: a `fetch` that ignores its signal must not hang its caller. */
  race<T>(work: Promise<T>, discard?: (late: T) => void): Promise<T>;
  /** Fails the attempt after `ms`, unless what is returned is called before. */
  deadline(ms: number, reason: () => HttpError): () => void;
  /** Ends the attempt. */
  fail(reason: HttpError): void;
}

/** Makes an attempt. */
export function createAttempt(scheduler: Scheduler): Attempt {
  const controller = new AbortController();
  let failed: HttpError | undefined;
  let abandon: ((reason: HttpError) => void) | undefined;

  const attempt: Attempt = {
    signal: controller.signal,
    race(work, discard) {
      return new Promise((resolve, reject) => {
        abandon = reject;
        if (failed !== undefined) reject(failed);
        work.then((value) => failed === undefined ? resolve(value) : discard?.(value), reject);
      });
    },
    deadline(ms, reason) {
      return scheduler.after(ms, () => attempt.fail(reason()));
    },
    fail(reason) {
      if (failed !== undefined) return;
      failed = reason;
      abandon?.(reason);
      controller.abort();
    },
  };
  return attempt;
}
