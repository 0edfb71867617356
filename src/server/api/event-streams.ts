import type { CancelTimer, Scheduler } from "../../runtime/scheduler.ts";

/** What bounds the streams. */
export interface EventStreamsOptions {
  /** How often every stream is pinged, in ms. */
  readonly pingInterval: number;
  /** How many streams may be open at once. */
  readonly maxStreams: number;
  /** How many bytes may wait for a reader, its first event not counted. */
  readonly maxBacklogBytes: number;
  /** The clock that pings. */
  readonly scheduler: Scheduler;
  /**
   * Whether what was sent is known to be current; always, by default. A ping says so (contract §6.2): while it is not
   * known, a comment takes the ping's place, which keeps the connection and confirms nothing.
   */
  readonly isCurrent?: () => boolean;
  /** Is told how many streams are open whenever that changes. */
  readonly onCount?: ((open: number) => void) | undefined;
}

/** One open stream: its controller tells how much waits for the reader. */
type Stream = ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;

const encoder = new TextEncoder();

const KEEP_ALIVE: Uint8Array<ArrayBuffer> = encoder.encode(": not confirmed lately\n\n");

/** The open event streams of one API (contract §4): what is sent goes to all of them, and pings show that they live. */
export class EventStreams {
  readonly #options: EventStreamsOptions;
  readonly #streams = new Set<Stream>();
  #cancelPing: CancelTimer | undefined;
  /** The last stream's first event: a fleet that comes back all at once gets the same bytes. */
  #first: { readonly json: string; readonly bytes: Uint8Array<ArrayBuffer> } | undefined;

  /** Makes no stream and no timer yet. */
  constructor(options: EventStreamsOptions) {
    this.#options = options;
  }

  /** How many streams are open. */
  get size(): number {
    return this.#streams.size;
  }

  /** Whether there is no room for another one. */
  get full(): boolean {
    return this.size >= this.#options.maxStreams;
  }

  /**
   * Opens a stream. It is over for us when its reader cancels it, as hosts do when a connection is lost; the request's
   * signal is left alone, since Deno warns about every use of it.
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
    this.#write(encode(event, JSON.stringify(data)));
  }

  /** Ends all streams, and the timer with them. */
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
        // A reader that does not read costs memory, and learns of nothing in time. It may connect anew.
        this.#remove(stream);
        stream.error(new Error("The reader of an event stream is too slow: the stream is cut off"));
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

/** JSON holds no line break, so one `data:` line carries it. */
function encode(event: string, json: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(`event: ${event}\ndata: ${json}\n\n`);
}
