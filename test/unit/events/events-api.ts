import type { SdkEvent } from "../../../src/contract/wire.ts";
import { RequestError } from "../../../src/errors/request-error.ts";
import type { HttpFailure } from "../../../src/errors/request-error.ts";
import type { HttpClient } from "../../../src/http/http-client.ts";
import type { ManualScheduler } from "../../support/manual-scheduler.ts";

/** What the API does with one request: takes it, refuses it, loses its answer, or never answers. */
export type Answer = "accept" | "hang" | "lost answer" | HttpFailure;

/** `POST /v1/sdk/events` in memory: parses what arrives, and answers as it is told. */
export class EventsApi implements Pick<HttpClient, "postEvents"> {
  /** Each request's events, in order, whatever came of it. */
  readonly requests: SdkEvent[][] = [];
  /** When each of them came. */
  readonly times: number[] = [];
  /** Each request's time-out. */
  readonly timeouts: (number | undefined)[] = [];
  /** The events of accepted requests. */
  readonly received: SdkEvent[] = [];
  /** Decides on a request; accepts all by default. */
  answer: (events: readonly SdkEvent[]) => Answer = () => "accept";
  /** How long an answer takes, in ms. */
  latency = 0;
  /** How many requests are under way, and the most there ever were. */
  open = 0;
  mostOpen = 0;
  readonly #scheduler: ManualScheduler;

  constructor(scheduler: ManualScheduler) {
    this.#scheduler = scheduler;
  }

  /** The keys of the events of each request. */
  get keys(): string[][] {
    return this.requests.map((events) => events.map((event) => event.flagKey));
  }

  /** The keys of the events that were accepted. */
  get receivedKeys(): string[] {
    return this.received.map((event) => event.flagKey);
  }

  async postEvents(body: string, options: { readonly timeout?: number } = {}): Promise<void> {
    const { events } = JSON.parse(body) as { events: SdkEvent[] };
    this.requests.push(events);
    this.times.push(this.#scheduler.now());
    this.timeouts.push(options.timeout);
    this.mostOpen = Math.max(this.mostOpen, ++this.open);
    try {
      const answer = this.answer(events);
      if (answer === "hang") {
        await this.#wait(options.timeout ?? Number.POSITIVE_INFINITY);
        throw new RequestError("The request timed out");
      }
      if (this.latency > 0) await this.#wait(this.latency);
      if (answer === "accept" || answer === "lost answer") this.received.push(...events);
      if (answer === "lost answer") throw new RequestError("The connection was reset");
      if (answer !== "accept") throw new RequestError("The service said no", answer);
    } finally {
      this.open--;
    }
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#scheduler.after(ms, resolve));
  }
}
