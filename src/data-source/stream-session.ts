import { LIVENESS_MS, MAX_SERVER_DELAY_MS } from "../contract/limits.ts";
import type { StreamConnection } from "../http/http-client.ts";
import { RequestError } from "../errors/request-error.ts";
import type { CancelTimer, Scheduler } from "../runtime/scheduler.ts";
import { readSse } from "./sse-reader.ts";
import type { SseReader } from "./sse-reader.ts";
import { afterWallTime } from "./wall-clock-timeout.ts";

/** An incomplete event that grows by this much counts as a sign of life: a large one takes its time on a slow line. */
const PROGRESS_BYTES = 64 * 2 ** 10;

/** Receives the events of a {@linkcode StreamSession}. A handler that throws ends the session. */
export interface StreamSessionHandlers {
  onEvent(type: string, data: string): void;
  /** The server asks for this wait before a reconnection, in ms. */
  onRetry(delay: number): void;
}

/** One connection of the event stream, from its headers to its end, with the watch over its liveness (contract §4). */
export class StreamSession {
  readonly #connection: StreamConnection;
  readonly #scheduler: Scheduler;
  readonly #handlers: StreamSessionHandlers;
  #status: "unsynced" | "synced" | "ended" = "unsynced";
  #reader: SseReader | undefined;
  #cancelWatch: CancelTimer | undefined;
  /** When the last sign of life arrived, in ms since the epoch. */
  #heardAt = 0;
  /** Bytes since then. */
  #progress = 0;
  /** Why the session was ended from this side. */
  #failure: RequestError | undefined;

  /** Takes over a connection. Nothing is read before {@linkcode run}. */
  constructor(connection: StreamConnection, scheduler: Scheduler, handlers: StreamSessionHandlers) {
    this.#connection = connection;
    this.#scheduler = scheduler;
    this.#handlers = handlers;
  }

  /** Whether the connection is open and has brought its `sync`. */
  get isSynced(): boolean {
    return this.#status === "synced";
  }

  /** The `sync` has been applied. From here on complete events and comments are signs of life. */
  confirmSync(): void {
    if (this.#status === "unsynced") this.#status = "synced";
  }

  /** Reads the connection until it ends, which is a failure in every case, and releases it. */
  async run(): Promise<never> {
    try {
      this.#reader = readSse(this.#connection.body, {
        onBytes: (count) => this.#receiveBytes(count),
        onComment: () => {
          if (this.isSynced) this.#restartWatch();
        },
        onEvent: (type, data) => {
          if (this.#status === "ended") return;
          this.#handlers.onEvent(type, data);
          if (this.isSynced) this.#restartWatch();
        },
        onRetry: (delay) => this.#handlers.onRetry(Math.min(delay, MAX_SERVER_DELAY_MS)),
      });
      this.#restartWatch();
      await this.#reader.ended;
      throw new RequestError("Flag stream ended by the service");
    } catch (error) {
      // Whatever the runtime reports of a body that this side ended, the reason is known.
      throw this.#failure ?? error;
    } finally {
      this.end();
    }
  }

  /** Ends the session and its connection. Safe to call twice and at any moment. */
  end(): void {
    this.#status = "ended";
    this.#cancelWatch?.();
    this.#reader?.cancel();
    this.#connection.close();
  }

  #receiveBytes(count: number): void {
    // After such a silence the bytes have waited in a socket while the machine slept, or follow on updates that were lost.
    if (this.#scheduler.now() - this.#heardAt >= LIVENESS_MS) throw this.#silence();
    this.#progress += count;
    if (this.#progress >= PROGRESS_BYTES) this.#restartWatch();
  }

  #restartWatch(): void {
    this.#heardAt = this.#scheduler.now();
    this.#progress = 0;
    this.#cancelWatch?.();
    this.#cancelWatch = afterWallTime(this.#scheduler, LIVENESS_MS, () => {
      this.#failure = this.#silence();
      this.end();
    });
  }

  #silence(): RequestError {
    const problem = this.isSynced ? "silent" : "without a sync event";
    return new RequestError(`Flag stream ${problem} for ${LIVENESS_MS / 1000} s, considered dead`);
  }
}
