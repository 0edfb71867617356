import type { CancelTimer, Scheduler } from "../../runtime/scheduler.ts";

/** Options of {@linkcode EventStreams}. */
export interface EventStreamsOptions {
  /** How often every stream is pinged, in ms. */
  readonly pingInterval: number;
  /** How many streams may be open at once. */
  readonly maxStreams: number;
  /** How many bytes may be queued for one reader, in addition to its first event. */
  readonly maxBacklogBytes: number;
  /** The clock that pings. */
  readonly scheduler: Scheduler;
  /**
   * Whether the flags that were sent are known to be current; by default they are. A ping confirms that (contract §6.2).
   * While it is unknown, a comment is sent instead: it keeps the connection open and confirms nothing.
   */
  readonly isCurrent?: () => boolean;
  /** Called with the number of open streams whenever it changes. */
  readonly onCount?: ((open: number) => void) | undefined;
}

/** One open stream. Its controller knows how many bytes are queued for the reader. */
type Stream = ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;

const encoder = new TextEncoder();

const KEEP_ALIVE: Uint8Array<ArrayBuffer> = encoder.encode(": not confirmed recently\n\n");

/** The open event streams of one API (contract §4). An event is sent to all of them; pings keep them alive. */
export class EventStreams {
  readonly #options: EventStreamsOptions;
  readonly #streams = new Set<Stream>();
  #cancelPing: CancelTimer | undefined;
  /** The first event of the newest stream. A fleet that reconnects at once shares these bytes. */
  #first: { readonly json: string; readonly bytes: Uint8Array<ArrayBuffer> } | undefined;

  /** Creates an empty set, without a timer. */
  constructor(options: EventStreamsOptions) {
    this.#options = options;
  }

  /** How many streams are open. */
  get size(): number {
    return this.#streams.size;
  }

  /** Whether no further stream may be opened. */
  get full(): boolean {
    return this.size >= this.#options.maxStreams;
  }

  /**
   * Opens a stream. It ends when its reader cancels it, as hosts do when a connection is lost. The request's signal is not
   * used, since Deno warns about every use of it.
   *
   * @param event The first event's name.
   * @param json The first event's data, as JSON.
   */
  open(event: string, json: string): ReadableStream<Uint8Array<ArrayBuffer>> {
    if (this.#first?.json !== json) this.#first = { json, bytes: encode(event, json) };
    const first = this.#first.bytes;
    let stream: Stream;
    this.#cancelPing ??= this.#schedulePing();
    return new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        stream = controller;
        this.#streams.add(stream);
        stream.enqueue(first);
        this.#options.onCount?.(this.size);
      },
      cancel: () => this.#remove(stream),
    }, new ByteLengthQueuingStrategy({ highWaterMark: first.byteLength + this.#options.maxBacklogBytes }));
  }

  /** Sends one event to all streams. */
  send(event: string, data: unknown): void {
    if (this.size === 0) return;
    this.#write(encode(event, JSON.stringify(data)));
  }

  /** Ends all streams and stops the timer. */
  close(): void {
    for (const stream of this.#streams) {
      this.#remove(stream);
      stream.close();
    }
  }

  #write(bytes: Uint8Array<ArrayBuffer>): void {
    for (const stream of this.#streams) {
      if ((stream.desiredSize ?? 0) >= bytes.byteLength) {
        stream.enqueue(bytes);
      } else {
        // A reader that does not read costs memory and gets no update in time. It may connect again.
        this.#remove(stream);
        stream.error(new Error("Event stream: the reader is too slow, closing the stream"));
      }
    }
  }

  #remove(stream: Stream): void {
    if (!this.#streams.delete(stream)) return;
    this.#options.onCount?.(this.size);
    if (this.#streams.size > 0) return;
    this.#cancelPing?.();
    this.#cancelPing = undefined;
  }

  #schedulePing(): CancelTimer {
    const { scheduler, pingInterval, isCurrent } = this.#options;
    return scheduler.after(pingInterval, () => {
      this.#cancelPing = this.#schedulePing();
      if (isCurrent?.() === false) this.#write(KEEP_ALIVE);
      else this.send("ping", { timestamp: new Date(scheduler.now()).toISOString() });
    });
  }
}

/** JSON contains no raw line break, so one `data:` line carries it. */
function encode(event: string, json: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(`event: ${event}\ndata: ${json}\n\n`);
}
