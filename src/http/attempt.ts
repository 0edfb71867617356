import type { Scheduler } from "../runtime/scheduler.ts";
import { RequestError } from "../errors/request-error.ts";
import type { HttpFailure } from "../errors/request-error.ts";

/**
 * One request, from its start to the last byte of its response, and the one way to end it early. Each attempt has its
 * own `AbortController`: a signal that many requests share accumulates their listeners (`AbortSignal.any` does).
 */
export class Attempt {
  readonly #request: string;
  readonly #scheduler: Scheduler;
  readonly #controller = new AbortController();
  readonly #aborted: Promise<never>;
  #reject!: (reason: RequestError) => void;

  /**
   * @param request The request's method and path: its errors begin with it.
   * @param scheduler Times the deadlines.
   */
  constructor(request: string, scheduler: Scheduler) {
    this.#request = request;
    this.#scheduler = scheduler;
    this.#aborted = new Promise((_, reject) => this.#reject = reject);
    this.#aborted.catch(() => {}); // it may end while nothing waits
  }

  /** The signal for `fetch`. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Creates an error whose message begins with the request. */
  error(message: string, failure?: HttpFailure): RequestError {
    return new RequestError(`${this.#request} ${message}`, failure);
  }

  /**
   * Settles with `work`. After `ms` the attempt is aborted with an error of that message, and this rejects with it; it
   * also rejects when the attempt is aborted otherwise. A `fetch` that ignores its signal must not block its caller.
   */
  async within<T>(ms: number, message: string, work: Promise<T>): Promise<T> {
    const cancel = this.#scheduler.after(ms, () => this.abort(message));
    try {
      return await Promise.race([this.#aborted, work]);
    } finally {
      cancel();
    }
  }

  /** Aborts the request: what waits for it rejects with an error of that message. */
  abort(message: string): void {
    this.#reject(this.error(message));
    this.#controller.abort();
  }
}
