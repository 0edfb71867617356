import type { DataSourceContext } from "./data-source.ts";
import { createPoller } from "./polling.ts";
import type { Poller } from "./polling.ts";

/** Polls beside a stream that fails, until the stream is back (contract §4, fallback). */
export class PollingFallback {
  readonly #context: Pick<DataSourceContext, "scheduler" | "sink" | "logger">;
  readonly #pollInterval: number;
  readonly #poller: Poller;
  #status: "off" | "polling" | "suspended" = "off";

  /** Creates the fallback of one stream. Nothing is polled before {@linkcode start}. */
  constructor(
    context: Pick<DataSourceContext, "scheduler" | "sink" | "logger">,
    pollInterval: number,
    poll: () => Promise<void>,
  ) {
    this.#context = context;
    this.#pollInterval = pollInterval;
    this.#poller = createPoller(context, pollInterval, poll);
  }

  /** Starts polling, or goes on with it; logs and reports the mode when it starts. */
  start(failures: number): void {
    const { logger, sink } = this.#context;
    this.#poller.start();
    if (this.#status === "off") {
      const reason = `${failures} stream failures in a row`;
      logger.warn(`Flag stream failing, polling every ${this.#pollInterval} ms until it is back: ${reason}`);
      sink.modeChanged("polling", reason);
    }
    this.#status = "polling";
  }

  /** Stops polling while the key is rejected; the mode stays. */
  suspend(): void {
    this.#poller.stop();
    if (this.#status === "polling") this.#status = "suspended";
  }

  /** Stops polling: the stream is back. */
  stop(): void {
    this.#poller.stop();
    if (this.#status !== "off") this.#context.sink.modeChanged("streaming");
    this.#status = "off";
  }

  /** Stops polling for good, without a report. */
  close(): void {
    this.#poller.stop();
  }
}
