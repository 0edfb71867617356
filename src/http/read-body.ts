/**
 * Reads a body as UTF-8, and lets go of it whatever happens.
 *
 * @param signal Ends the reading: what has been read by then is no use.
 * @returns `undefined` when it is longer than `maxBytes`, counted while reading.
 */
export async function readText(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (body === null) return "";
  const reader = body.getReader();
  // Of a body that was read to its end, this does nothing.
  const letGo = (): void => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", letGo);
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
    letGo();
  }
  // At once: Node decodes piece by piece in another way, which takes a tenth of a new snapshot.
  const bytes = new Uint8Array(size);
  let end = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, end);
    end += chunk.byteLength;
  }
  return new TextDecoder().decode(bytes);
}
