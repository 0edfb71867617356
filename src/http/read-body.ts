/** Reads a body piece by piece, of whatever kind the caller's `fetch` made it. */
export interface BodyReader {
  read(): Promise<{ readonly done?: boolean | undefined; readonly value?: Uint8Array | undefined }>;
  /** Stops reading and releases the body. Never throws, and does nothing to a body that was read to its end. */
  cancel(): void;
}

/** A body as responses have it: a web stream, or with node-fetch and cross-fetch on Node a stream of Node. */
export type Body = ReadableStream<Uint8Array> | null | undefined;

/** The methods by which a body may be released. */
interface Releasable {
  cancel?(): Promise<void> | undefined;
  destroy?(): unknown;
}

/**
 * Opens a body for reading.
 *
 * @throws {TypeError} when it is neither a web stream nor async iterable, or when something else is reading it.
 */
export function openBody(body: NonNullable<Body>): BodyReader {
  if (typeof body.getReader === "function") {
    const reader = body.getReader();
    return { read: () => reader.read(), cancel: () => release(reader) };
  }
  const chunks = (body as Partial<AsyncIterable<Uint8Array>>)[Symbol.asyncIterator]?.();
  if (chunks === undefined) throw notBytes();
  return { read: () => chunks.next(), cancel: () => release(body) };
}

function notBytes(): TypeError {
  return new TypeError("option 'fetch' returned a body that is not a stream of bytes");
}

/** The reader of workerd, which alone can wait until a block is full. */
interface BlockReader {
  readAtLeast(bytes: number, block: Uint8Array): ReturnType<BodyReader["read"]>;
  cancel(): Promise<void>;
}

/**
 * workerd passes a body on in pieces of 4 KiB, each of which costs a turn of the event loop, so blocks are larger. They grow from
 * this size: most answers are smaller than the largest block, whose memory alone costs as much as the rest of such a request
 * (bench: workerd, 100 flags).
 */
const FIRST_BLOCK_BYTES = 4_096;
const MAX_BLOCK_BYTES = 65_536;

/** Opens a body for reading in blocks; `undefined` where that is not possible. */
function openBlocks(body: NonNullable<Body>): BodyReader | undefined {
  if (!("readAtLeast" in (globalThis.ReadableStreamBYOBReader?.prototype ?? {}))) return undefined;
  let reader: BlockReader;
  try {
    reader = body.getReader({ mode: "byob" }) as object as BlockReader;
  } catch {
    return undefined; // not a stream of bytes
  }
  let next = FIRST_BLOCK_BYTES;
  return {
    read() {
      const size = next;
      next = Math.min(2 * size, MAX_BLOCK_BYTES);
      return reader.readAtLeast(size, new Uint8Array(size));
    },
    cancel: () => release(reader),
  };
}

/**
 * Reads a body as UTF-8, and releases it whatever happens. The size is counted while reading: what a header says about
 * the length proves nothing.
 *
 * @param body The body; a missing one reads as the empty text.
 * @param maxBytes The largest body that is accepted.
 * @param signal Ends the reading early; the promise then settles with what had arrived, which is incomplete.
 * @returns The text, or `undefined` when the body is larger than `maxBytes`.
 * @throws What the body's stream fails with, and `TypeError` when it is not a stream of bytes.
 */
export async function readText(
  body: Body,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (!body) return "";
  const reader = openBlocks(body) ?? openBody(body);
  // Not awaited: a sender that never ends must not delay the answer.
  const cancel = (): void => reader.cancel();
  signal?.addEventListener("abort", cancel);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (!ArrayBuffer.isView(value)) throw notBytes(); // text has no size that could be counted
      size += value.byteLength;
      if (size > maxBytes) return undefined;
      chunks.push(value);
    }
  } finally {
    signal?.removeEventListener("abort", cancel);
    cancel();
  }
  // Decoded in one piece: stream mode is slower on Node. A copy of a single chunk would be memory for nothing (bench: snapshot).
  return new TextDecoder().decode(chunks.length === 1 ? chunks[0] : join(chunks, size));
}

function join(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let end = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, end);
    end += chunk.byteLength;
  }
  return bytes;
}

/** Releases a body that nobody will read: one that is neither read nor cancelled holds its connection. Never throws. */
export function discardBody(body: Body): void {
  if (body && !body.locked) release(body as Releasable);
}

function release(body: Releasable): void {
  try {
    if (typeof body.cancel === "function") body.cancel()?.catch?.(() => {});
    else body.destroy?.();
  } catch {
    // A body that cannot be released ends with its connection.
  }
}

/** Whether a body is JSON by its type: `application/json`, with or without parameters, or a type that is based on it. */
export function isJson(headers: Headers): boolean {
  return /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(headers.get("content-type") ?? "");
}
