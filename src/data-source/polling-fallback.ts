import { FALLBACK_SPREAD_MS } from "../contract/limits.ts";
import { afterWallTime } from "../runtime/scheduler.ts";
import type { CancelTimer } from "../runtime/scheduler.ts";
import type { DataSourceContext } from "./data-source.ts";
import { createPoller } from "./polling.ts";
import type { Poller } from "./polling.ts";

/** Options of a {@linkcode PollingFallback}. */
export interface PollingFallbackOptions {
  /** In ms. */
  readonly pollInterval: number;
  poll(): Promise<void>;
  /** Called when polling starts. */
  onStart(): void;
}

/** Polls beside a stream that fails, until the stream is back (contract §4, fallback). */
export class PollingFallback {
  readonly #context: Pick<DataSourceContext, "scheduler" | "sink" | "logger">;
  readonly #options: PollingFallbackOptions;
  readonly #poller: Poller;
  #status: "off" | "starting" | "polling" | "suspended" = "off";
  #cancelStart: CancelTimer | undefined;

  /** Creates the fallback of one stream. Nothing is polled before {@linkcode start}. */
  constructor(
    context: Pick<DataSourceContext, "scheduler" | "sink" | "logger">,
    options: PollingFallbackOptions,
  ) {
    this.#context = context;
    this.#options = options;
    this.#poller = createPoller(context, options.pollInterval, () => options.poll());
  }

  /** Whether polling runs. */
  get isPolling(): boolean {
    return this.#status === "polling";
  }

  /** Starts polling after a random part of 10 s, so that a fleet does not do so at the same moment. */
  start(reason: string): void {
    if (this.#status === "suspended") return this.#poll();
    if (this.#status !== "off") return;
    this.#status = "starting";
    const { scheduler, logger, sink } = this.#context;
    this.#cancelStart = afterWallTime(scheduler, FALLBACK_SPREAD_MS * scheduler.random(), () => {
      logger.warn(
        `Flag stream failing, polling every ${this.#options.pollInterval} ms until it is back: ${reason}`,
      );
      sink.modeChanged("polling", reason);
      this.#poll();
    });
  }

  /** Stops polling while the key is rejected; the mode stays. */
  suspend(): void {
    this.#halt();
    this.#status = this.#status === "polling" || this.#status === "suspended" ? "suspended" : "off";
  }

  /** Stops polling: the stream is back. */
  stop(): void {
    this.#halt();
    const hasPolled = this.#status === "polling" || this.#status === "suspended";
    this.#status = "off";
    if (hasPolled) this.#context.sink.modeChanged("streaming");
  }

  /** Ends polling, without a report. */
  close(): void {
    this.#halt();
  }

  #poll(): void {
    this.#status = "polling";
    this.#poller.start();
    this.#options.onStart();
  }

  #halt(): void {
    this.#cancelStart?.();
    this.#poller.stop();
  }
}
