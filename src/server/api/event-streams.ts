import type { Logger } from "../../runtime/logger.ts";
import type { CancelTimer, Scheduler } from "../../runtime/scheduler.ts";
import type { OpenStream, StreamSink } from "../http/body.ts";

/** Options of {@linkcode EventStreams}; times in ms. */
export interface EventStreamsOptions {
  /** How often every stream is pinged. */
  readonly pingInterval: number;
  /** How many streams may be open at once. */
  readonly maxStreams: number;
  /** How many of them one key may have; any number by default. */
  readonly maxStreamsPerKey?: number | undefined;
  /** How many bytes may be queued for one reader, in addition to its first event. */
  readonly maxBacklogBytes: number;
  /** How long a stream stays open, half as long at least and half as long again at most; without end by default. */
  readonly maxStreamAge?: number | undefined;
  /** The clock that pings. */
  readonly scheduler: Scheduler;
  /**
   * Whether the flags that were sent are known to be current; by default they are. A ping confirms that (contract §6.2).
   * While it is unknown, a comment is sent instead: it keeps the connection open and confirms nothing.
   */
  readonly isCurrent?: () => boolean;
  /** Called with the number of open streams whenever it changes. */
  readonly onCount?: ((open: number) => void) | undefined;
  /** Called, not more often than pings, with the number of readers that were cut off since the last call. */
  readonly onSlowReaders?: ((count: number) => void) | undefined;
}

/** Counters of streams and deliveries so far. */
export interface StreamCounters {
  /** Streams that were opened. */
  opened: number;
  /** Streams that were closed because their readers did not read. */
  slow: number;
  /** Changes that were sent. */
  changes: number;
  /** Events that were written: each change and ping, times the streams that were open. */
  delivered: number;
}

const encoder = new TextEncoder();

const KEEP_ALIVE = ": not confirmed recently\n\n";

/** The wait before a client reconnects, as an ended stream tells it: from this to twice as much, in ms. */
const RETRY_MS = 500;
/** How often streams are ended during a drain, in ms. */
const DRAIN_STEP_MS = 100;
/** How long it takes to end the streams that were sent a whole snapshot, in ms. */
const AFTER_SYNC_MS = 5_000;

/** The open event streams of one API (contract §4). An event is sent to all of them; pings keep them alive. */
export class EventStreams {
  /** Counters so far. */
  readonly counters: StreamCounters = { opened: 0, slow: 0, changes: 0, delivered: 0 };
  readonly #options: EventStreamsOptions;
  readonly #streams = new Set<EventStream>();
  readonly #openByKey = new Map<number, number>();
  /** The events of this turn of the event loop: they are written at once. */
  #pending: string[] = [];
  #cancelPing: CancelTimer | undefined;
  #reportedSlow = 0;
  #isDraining = false;

  /** Creates an empty set, without a timer. */
  constructor(options: EventStreamsOptions) {
    this.#options = options;
  }

  /** How many streams are open. */
  get size(): number {
    return this.#streams.size;
  }

  /** How many streams a key has open. */
  openOf(key: number): number {
    return this.#openByKey.get(key) ?? 0;
  }

  /** Whether open streams are being ended, and no further one may be opened. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Whether there is no room for a further stream with this key. */
  isFull(key = 0): boolean {
    const { maxStreams, maxStreamsPerKey = Infinity } = this.#options;
    return this.size >= maxStreams || this.openOf(key) >= maxStreamsPerKey;
  }

  /**
   * Opens a stream. It ends when its reader cancels it, as hosts do when a connection is lost. The request's signal is not
   * used, since Deno warns about every use of it.
   *
   * @param first The bytes of the first event. Streams share them.
   * @param key The position of the client's key.
   */
  open(first: Uint8Array, key = 0): OpenStream {
    this.#flush(); // what is pending is in the first event
    const { scheduler, maxBacklogBytes, maxStreamAge = Infinity, onCount } = this.#options;
    const endsAt = scheduler.now() + maxStreamAge * (0.5 + scheduler.random());
    const stream = new EventStream(first, maxBacklogBytes, key, endsAt, () => this.#remove(stream));
    this.#cancelPing ??= this.#schedulePing();
    this.#streams.add(stream);
    this.#openByKey.set(key, this.openOf(key) + 1);
    this.counters.opened++;
    onCount?.(this.size);
    return stream;
  }

  /**
   * Sends one event to all streams, together with all others of this turn of the event loop. After a `sync` they are ended one
   * after another: other SDKs read a snapshot at the beginning of a stream only.
   */
  send(event: string, data: unknown): void {
    this.counters.changes++;
    if (this.size === 0) return;
    this.#enqueue(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    if (event === "sync") void this.#retireAll(AFTER_SYNC_MS, false);
  }

  /**
   * Opens no more streams, and ends the open ones one after another, so that their clients do not all reconnect at once.
   *
   * @param duration How long that takes, in ms.
   */
  async drain(duration: number): Promise<void> {
    this.#isDraining = true;
    await this.#retireAll(duration, true);
  }

  /** Ends all streams and stops the timer. */
  close(): void {
    this.#flush();
    for (const stream of this.#streams) {
      this.#remove(stream);
      stream.end();
    }
  }

  #enqueue(text: string): void {
    if (this.#pending.push(text) === 1) queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    const bytes = encoder.encode(this.#pending.join(""));
    this.counters.delivered += this.#pending.length * this.size;
    this.#pending = [];
    for (const stream of this.#streams) {
      if (stream.send(bytes)) continue;
      // A reader that does not read costs memory and gets no update in time. It may connect again.
      this.counters.slow++;
      this.#remove(stream);
      stream.destroy();
    }
  }

  /** Ends the streams that are open now, one after another. */
  async #retireAll(duration: number, keepAlive: boolean): Promise<void> {
    const { scheduler } = this.#options;
    let open = [...this.#streams];
    const total = open.length;
    for (let left = duration; open.length > 0 && left > 0; left -= DRAIN_STEP_MS) {
      const due = open.length - Math.floor(total * left / duration);
      for (const stream of open.splice(0, Math.max(0, due))) this.#retire(stream);
      await new Promise<void>((resolve) => scheduler.after(DRAIN_STEP_MS, resolve, { keepAlive }));
      open = open.filter((stream) => this.#streams.has(stream));
    }
    for (const stream of open) this.#retire(stream);
  }

  /** Ends a stream whose client should reconnect, to this server or another. */
  #retire(stream: EventStream): void {
    this.#flush();
    this.#remove(stream);
    const retry = Math.round(RETRY_MS * (1 + this.#options.scheduler.random()));
    stream.send(encoder.encode(`retry: ${retry}\n\n`));
    stream.end();
  }

  #remove(stream: EventStream): void {
    if (!this.#streams.delete(stream)) return;
    this.#openByKey.set(stream.key, this.openOf(stream.key) - 1);
    this.#options.onCount?.(this.size);
    if (this.#streams.size > 0) return;
    this.#cancelPing?.();
    this.#cancelPing = undefined;
    this.#reportSlow();
  }

  #reportSlow(): void {
    const { slow } = this.counters;
    if (slow > this.#reportedSlow) this.#options.onSlowReaders?.(slow - this.#reportedSlow);
    this.#reportedSlow = slow;
  }

  #schedulePing(): CancelTimer {
    const { scheduler, pingInterval, isCurrent } = this.#options;
    return scheduler.after(pingInterval, () => {
      this.#cancelPing = this.#schedulePing();
      this.#reportSlow();
      const now = scheduler.now();
      for (const stream of this.#streams) {
        if (now >= stream.endsAt) this.#retire(stream);
      }
      if (this.size === 0) return;
      if (isCurrent?.() === false) this.#enqueue(KEEP_ALIVE);
      else {this.#enqueue(
          `event: ping\ndata: ${JSON.stringify({ timestamp: new Date(now).toISOString() })}\n\n`,
        );}
    });
  }
}

/** Logs how many readers were cut off, and the option that bounds them. */
export function warnOfSlowReaders(logger: Logger): (count: number) => void {
  return (count) =>
    logger.warn(
      `Event streams: closed ${count} whose ${count === 1 ? "reader was" : "readers were"} too slow ` +
        "(option 'maxBacklogBytes')",
    );
}

/** One open stream: what waits for its reader, and where it is written to. */
class EventStream implements OpenStream {
  readonly key: number;
  /** When it has been open for long enough, in ms since the epoch. */
  readonly endsAt: number;
  readonly #maxWaiting: number;
  readonly #onCancel: () => void;
  #sink: StreamSink | undefined;
  /** Whether the sink accepts bytes. */
  #isReady = false;
  #hasEnded = false;
  #isDestroyed = false;
  #queue: Uint8Array[];
  /** The bytes of the queue. */
  #queued: number;
  /** How many of them belong to the first event: they do not count against a reader that has not begun. */
  #firstLeft: number;

  constructor(first: Uint8Array, maxWaiting: number, key: number, endsAt: number, onCancel: () => void) {
    this.#queue = [first];
    this.#queued = this.#firstLeft = first.byteLength;
    this.#maxWaiting = maxWaiting;
    this.key = key;
    this.endsAt = endsAt;
    this.#onCancel = onCancel;
  }

  connect(sink: StreamSink): void {
    if (this.#isDestroyed) return sink.destroy();
    this.#sink = sink;
    // A web stream says by itself when it wants bytes.
    if (sink.pieceSize === Infinity) this.drained();
  }

  drained(): void {
    this.#isReady = true;
    this.#write();
  }

  cancel(): void {
    this.#queue = [];
    this.#onCancel();
  }

  /** Queues bytes, and writes them if the sink is ready; returns `false` when too many wait. */
  send(bytes: Uint8Array): boolean {
    if (this.#isReady && this.#queue.length === 0 && bytes.byteLength <= this.#sink!.pieceSize) {
      this.#isReady = this.#sink!.write(bytes);
      return true;
    }
    if (this.#queued - this.#firstLeft + bytes.byteLength > this.#maxWaiting && !this.#isReady) return false;
    this.#queue.push(bytes);
    this.#queued += bytes.byteLength;
    this.#write();
    return true;
  }

  /** Ends the stream once everything is written. A host's connection queues it by itself. */
  end(): void {
    this.#hasEnded = true;
    if (this.#sink?.pieceSize === Infinity) this.#isReady = true;
    this.#write();
  }

  /** Ends the stream at once. */
  destroy(): void {
    const sink = this.#sink;
    this.#queue = [];
    this.#sink = undefined;
    this.#isDestroyed = true;
    sink?.destroy();
  }

  #write(): void {
    const sink = this.#sink;
    if (sink === undefined) return;
    while ((this.#isReady || (this.#hasEnded && sink.pieceSize === Infinity)) && this.#queue.length > 0) {
      const [head] = this.#queue;
      const piece = head!.subarray(0, sink.pieceSize);
      if (piece.byteLength === head!.byteLength) this.#queue.shift();
      else this.#queue[0] = head!.subarray(piece.byteLength);
      this.#queued -= piece.byteLength;
      this.#firstLeft = Math.max(0, this.#firstLeft - piece.byteLength);
      this.#isReady = sink.write(piece);
    }
    if (this.#hasEnded && this.#queue.length === 0 && (this.#isReady || sink.pieceSize === Infinity)) {
      this.#sink = undefined;
      sink.end();
    }
  }
}
