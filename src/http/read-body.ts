/**
 * Reads a body as UTF-8, and releases it whatever happens. The size is counted while reading: what a header says about
 * the length proves nothing.
 *
 * @param body The body; `null` reads as the empty text.
 * @param maxBytes The largest body that is accepted.
 * @param signal Ends the reading early; the promise then settles with what had arrived, which is incomplete.
 * @returns The text, or `undefined` when the body is larger than `maxBytes`.
 * @throws What the body's stream fails with.
 */
export async function readText(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (body === null) return "";
  const reader = body.getReader();
  // Not awaited: a sender that never ends must not delay the answer. On a body that was read to its end it does nothing.
  const release = (): void => void reader.cancel().catch(() => {});
  signal?.addEventListener("abort", release);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.byteLength;
      if (size > maxBytes) return undefined;
      chunks.push(value);
    }
  } finally {
    signal?.removeEventListener("abort", release);
    release();
  }
  // Decoded in one piece: stream mode is slower on Node.
  const bytes = new Uint8Array(size);
  let end = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, end);
    end += chunk.byteLength;
  }
  return new TextDecoder().decode(bytes);
}

/** Releases a body that nobody will read: one that is neither read nor cancelled holds its connection. */
export function discardBody(body: ReadableStream<Uint8Array> | null): void {
  if (body !== null && !body.locked) body.cancel().catch(() => {});
}
