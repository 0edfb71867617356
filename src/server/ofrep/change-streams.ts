import type { CancelTimer, Scheduler } from "../../runtime/scheduler.ts";

/** What a stream has to know of the flags. */
export interface StreamOptions {
  readonly scheduler: Scheduler;
  readonly maxStreams: number;
}

/** The time between comments that keep a connection open, in ms. */
const PING_INTERVAL_MS = 30_000;

/** How many bytes may wait for one reader: a few notifications. */
const MAX_BACKLOG_BYTES = 4_096;

/** One open stream: its reader, and when its token expires. */
interface Stream {
  readonly controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  /** In ms since the epoch. */
  readonly expiresAt: number;
}

const encoder = new TextEncoder();

/** The open event streams of one endpoint. They tell that flags changed, never what they are (ADR 8 of the protocol). */
export class ChangeStreams {
  readonly #options: StreamOptions;
  readonly #streams = new Set<Stream>();
  #cancelPing: CancelTimer | undefined;

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Whether no further stream may be opened. */
  get isFull(): boolean {
    return this.size >= this.#options.maxStreams;
  }

  /**
   * Opens a stream that ends when its token expires.
   *
   * @param tag Identifies the flags now.
   * @param lastSeen The tag that the reader saw last; one that saw another, or none, is notified at once.
   */
  open(tag: string, lastSeen: string | null, expiresAt: number): ReadableStream<Uint8Array<ArrayBuffer>> {
    let stream: Stream;
    this.#cancelPing ??= this.#schedulePing();
    return new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        stream = { controller, expiresAt };
        this.#streams.add(stream);
        controller.enqueue(lastSeen === tag ? encoder.encode(": ok\n\n") : this.#notification(tag));
      },
      cancel: () => this.#remove(stream),
    }, new ByteLengthQueuingStrategy({ highWaterMark: MAX_BACKLOG_BYTES }));
  }

  /** Tells all readers that the flags changed. */
  notify(tag: string): void {
    this.#write(this.#notification(tag));
  }

  /** Ends all streams and stops the timer. */
  close(): void {
    for (const stream of this.#streams) this.#end(stream);
  }

  #notification(tag: string): Uint8Array<ArrayBuffer> {
    const lastModified = Math.floor(this.#options.scheduler.now() / 1_000);
    const data = JSON.stringify({ type: "refetchEvaluation", etag: tag, lastModified });
    return encoder.encode(`id: ${tag}\nevent: message\ndata: ${data}\n\n`);
  }

  #write(bytes: Uint8Array<ArrayBuffer>): void {
    for (const stream of this.#streams) {
      // A reader that is too slow reconnects, and is notified then.
      if ((stream.controller.desiredSize ?? 0) >= bytes.byteLength) stream.controller.enqueue(bytes);
      else this.#end(stream);
    }
  }

  #end(stream: Stream): void {
    this.#remove(stream);
    stream.controller.close();
  }

  #remove(stream: Stream): void {
    if (!this.#streams.delete(stream) || this.#streams.size > 0) return;
    this.#cancelPing?.();
    this.#cancelPing = undefined;
  }

  #schedulePing(): CancelTimer {
    const { scheduler } = this.#options;
    return scheduler.after(PING_INTERVAL_MS, () => {
      this.#cancelPing = this.#schedulePing();
      for (const stream of this.#streams) if (stream.expiresAt <= scheduler.now()) this.#end(stream);
      this.#write(encoder.encode(": ping\n\n"));
    });
  }
}
