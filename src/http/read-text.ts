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
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode();
      size += value.byteLength;
      if (size > maxBytes) return undefined;
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    letGo();
  }
}
