import type { Flag } from "../../contract/flag.ts";
import type { Segment, Snapshot } from "../../contract/snapshot.ts";
import { md5Hex } from "../../evaluation/md5.ts";

/** Receives the bytes of one open stream: a host's connection, or a web stream. */
export interface StreamSink {
  /** How many bytes it accepts in one write. */
  readonly pieceSize: number;
  /** Writes; returns `false` when the next write has to wait for the stream's `drained()`. */
  write(bytes: Uint8Array): boolean;
  /** Ends the connection after what was written. */
  end(): void;
  /** Ends the connection at once. */
  destroy(): void;
}

/** A stream that a host can connect to its connection. */
export interface OpenStream {
  /** Starts to write; called once. */
  connect(sink: StreamSink): void;
  /** The sink accepts bytes again. */
  drained(): void;
  /** The connection is lost. */
  cancel(): void;
}

/** The body of a response, for hosts that write it without a web stream in between. */
export type Body = Uint8Array<ArrayBuffer> | OpenStream;

const bodies = new WeakMap<Response, Body>();

/** The body of a response of {@linkcode respond}; `undefined` for other responses. */
export function bodyOf(response: Response): Body | undefined {
  return bodies.get(response);
}

/** Every host handles pieces of this size without a copy of the whole: 64 KiB. */
const PIECE_BYTES: number = 64 * 2 ** 10;

/**
 * Creates a response that shares its bytes with others: one buffer serves every request, and an open stream holds no copy of
 * its first event (contract §9).
 */
export function respond(body: Body, headers: Readonly<Record<string, string>>): Response {
  const response = new Response(body instanceof Uint8Array ? toPieces(body) : toWebStream(body), { headers });
  bodies.set(response, body);
  return response;
}

/** `new Response(bytes)` would copy them. */
function toPieces(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let offset = 0;
  return new ReadableStream({
    pull(controller) {
      const piece = bytes.subarray(offset, offset += PIECE_BYTES);
      if (piece.byteLength > 0) controller.enqueue(piece);
      if (offset >= bytes.byteLength) controller.close();
    },
  }, { highWaterMark: 0 });
}

function toWebStream(stream: OpenStream): ReadableStream<Uint8Array<ArrayBuffer>> {
  let isConnected = false;
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      // Not before: a host may connect the stream instead.
      if (!isConnected) stream.connect(toSink(controller));
      isConnected = true;
      stream.drained();
    },
    cancel: () => stream.cancel(),
  }, { highWaterMark: 0 });
}

function toSink(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): StreamSink {
  return {
    pieceSize: PIECE_BYTES,
    write(bytes) {
      controller.enqueue(bytes as Uint8Array<ArrayBuffer>);
      return false;
    },
    end: () => controller.close(),
    // Without a reason: Bun and Deno would print an error with its stack, past the logger.
    destroy: () => controller.error(),
  };
}

const encoder = new TextEncoder();
const PREFIX = "event: sync\ndata: ";

/** Encodes an event of a stream. JSON contains no raw line break, so one `data:` line carries it. */
export function encodeEvent(event: string, json: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(`event: ${event}\ndata: ${json}\n\n`);
}

/** A snapshot as it is served. Text, bytes and `ETag` are created once, when they are needed. */
export class SnapshotBody {
  /** The snapshot that is served. */
  readonly snapshot: Snapshot;
  #json: string | undefined;
  #sync: Uint8Array<ArrayBuffer> | undefined;
  #etag: string | undefined;

  /** Creates the body of a snapshot that never changes. */
  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot;
  }

  /** The snapshot as JSON. */
  get json(): string {
    return this.#json ??= JSON.stringify(this.snapshot);
  }

  /** The event that begins a stream. */
  get sync(): Uint8Array<ArrayBuffer> {
    return this.#sync ??= encodeEvent("sync", this.json);
  }

  /** The JSON in UTF-8: a part of the event's buffer. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.sync.subarray(PREFIX.length, -2);
  }

  /**
   * A hash of the flags and segments, without the snapshot's version: equal on every relay of one environment, in whatever
   * order it received them (contract §9).
   */
  get etag(): string {
    return this.#etag ??= `"${md5Hex(this.#content())}"`;
  }

  #content(): string {
    const { environment, flags, segments } = this.snapshot;
    const lists = [flags, segments].map((items) => items.map(hashOf).sort().join());
    return JSON.stringify([environment, ...lists]);
  }
}

const hashes = new WeakMap<Flag | Segment, string>();

/** Hashes are remembered, so that a change of one flag hashes one flag. */
function hashOf(item: Flag | Segment): string {
  let hash = hashes.get(item);
  if (hash === undefined) hashes.set(item, hash = md5Hex(JSON.stringify(item)));
  return hash;
}
