import {
  LIVENESS_MS,
  MAX_SERVER_DELAY_MS,
  MAX_SYNC_TIME_MS,
  SYNC_PROGRESS_BYTES,
  SYNC_TIMEOUT_MS,
  UNCONFIRMED_MS,
} from "../contract/limits.ts";
import { FeatureflipError } from "../errors/featureflip-error.ts";
import { RequestError } from "../errors/request-error.ts";
import type { StreamConnection } from "../http/http-client.ts";
import { openBody } from "../http/read-body.ts";
import type { BodyReader } from "../http/read-body.ts";
import { afterWallTime } from "../runtime/scheduler.ts";
import type { CancelTimer, Scheduler } from "../runtime/scheduler.ts";
import { readSse } from "./sse-reader.ts";

/** After the sync, an incomplete event that grows by this much counts as a sign of life. */
const PROGRESS_BYTES = 64 * 2 ** 10;

/** Receives the events of a {@linkcode StreamSession}. A handler that throws ends the session. */
export interface StreamSessionHandlers {
  onEvent(type: string, data: string): void;
  /** The server asks for this wait before a reconnection, in ms. */
  onRetry(delay: number): void;
  /** Called after every sign of life of a connection that has brought its `sync`, and after a minute without one. */
  onCheck(): void;
}

/** One connection of the event stream, from its headers to its end, with the watch over its liveness (contract §4). */
export class StreamSession {
  readonly #connection: StreamConnection;
  readonly #scheduler: Scheduler;
  readonly #handlers: StreamSessionHandlers;
  #status: "unsynced" | "synced" | "ended" = "unsynced";
  #body: BodyReader | undefined;
  #cancelWatch: CancelTimer | undefined;
  /** When the connection was opened, in ms since the epoch. */
  #openedAt = 0;
  /** When the last sign of life arrived, in ms since the epoch. */
  #heardAt = 0;
  /** Bytes of an incomplete event since then. */
  #progress = 0;
  /** Why the session was ended from this side. */
  #failure: RequestError | undefined;
  #hasEndedRoutinely = false;

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

  /** Whether the other side has ended a connection that was in sync: load balancers do that after a fixed time. */
  get hasEndedRoutinely(): boolean {
    return this.#hasEndedRoutinely;
  }

  /** Whether the connection is open and a `sync` too large for its line is on its way: no reason to poll yet. */
  get isReceivingSync(): boolean {
    return this.#status === "unsynced" && this.#scheduler.now() - this.#openedAt >= SYNC_TIMEOUT_MS;
  }

  /** The `sync` has been applied. From here on complete events and comments are signs of life. */
  confirmSync(): void {
    if (this.#status === "unsynced") this.#status = "synced";
  }

  /** Reads the connection until it ends, which is a failure in every case, and releases it. */
  async run(): Promise<never> {
    let error: unknown = new RequestError("Flag stream ended by the service");
    let isOurs = false;
    try {
      this.#body = openBody(this.#connection.body);
      this.#heardAt = this.#openedAt = this.#scheduler.now();
      this.#watchForSync();
      await readSse(this.#body, {
        onBytes: (count) => this.#receiveBytes(count),
        onComment: () => this.#receiveWhole(),
        onEvent: (type, data) => {
          if (this.#status === "ended") return;
          this.#handlers.onEvent(type, data);
          this.#receiveWhole();
        },
        onRetry: (delay) => this.#handlers.onRetry(Math.min(delay, MAX_SERVER_DELAY_MS)),
      });
    } catch (thrown) {
      error = thrown;
      isOurs = thrown instanceof FeatureflipError;
    }
    // An error of the transport is as good as an end. Ours are about what arrived, or did not arrive.
    this.#hasEndedRoutinely = this.isSynced && !isOurs;
    this.end();
    // Whatever the runtime reports of a body that this side ended, the reason is known.
    throw this.#failure ?? error;
  }

  /** Ends the session and its connection. Safe to call twice and at any moment. */
  end(): void {
    this.#status = "ended";
    this.#cancelWatch?.();
    this.#body?.cancel();
    this.#connection.close();
  }

  #receiveBytes(count: number): void {
    // After such a silence the bytes have waited in a socket while the machine slept, or follow on updates that were lost.
    if (this.#scheduler.now() - this.#heardAt >= LIVENESS_MS) throw this.#silence();
    this.#progress += count;
    if (this.isSynced && this.#progress >= PROGRESS_BYTES) this.#watchForLife();
  }

  /** An event or a comment is complete. Before the sync that proves nothing: a proxy may send them. */
  #receiveWhole(): void {
    this.#progress = 0;
    if (!this.isSynced) return;
    this.#watchForLife();
    this.#handlers.onCheck();
  }

  /** No sync within 15 s is a failure, unless an incomplete event grows by 16 KiB in each 15 s, for 5 minutes at most. */
  #watchForSync(): void {
    this.#progress = 0;
    this.#cancelWatch = afterWallTime(this.#scheduler, SYNC_TIMEOUT_MS, () => {
      const now = this.#scheduler.now();
      if (this.#progress < SYNC_PROGRESS_BYTES || now - this.#openedAt >= MAX_SYNC_TIME_MS) {
        return this.#fail(this.#silence());
      }
      this.#heardAt = now;
      this.#watchForSync();
    });
  }

  /** A connection that brings nothing for 90 s is considered dead. After 60 s `onCheck` is called. */
  #watchForLife(): void {
    this.#heardAt = this.#scheduler.now();
    this.#progress = 0;
    this.#cancelWatch?.();
    this.#cancelWatch = afterWallTime(this.#scheduler, UNCONFIRMED_MS, () => {
      const left = LIVENESS_MS - Math.max(UNCONFIRMED_MS, this.#scheduler.now() - this.#heardAt);
      this.#cancelWatch = afterWallTime(this.#scheduler, left, () => this.#fail(this.#silence()));
      this.#handlers.onCheck();
    });
  }

  #fail(failure: RequestError): void {
    this.#failure = failure;
    this.end();
  }

  #silence(): RequestError {
    return new RequestError(
      this.isSynced
        ? `Flag stream silent for ${LIVENESS_MS / 1000} s, considered dead`
        : `Flag stream without a sync event within ${SYNC_TIMEOUT_MS / 1000} s`,
    );
  }
}
