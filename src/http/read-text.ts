import type { Attempt } from "./attempt.ts";

/**
 * Reads a body as UTF-8, and lets go of it whatever happens.
 *
 * @returns `undefined` when it is longer than `maxBytes`, counted while reading.
 */
export async function readText(
  body: ReadableStream<Uint8Array> | null,
  attempt: Attempt,
  maxBytes: number,
): Promise<string | undefined> {
  if (body === null) return "";
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await attempt.race(reader.read());
      if (done) return text + decoder.decode();
      size += value.byteLength;
      if (size > maxBytes) return undefined;
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    // Of a body that was read to its end, this does nothing.
    reader.cancel().catch(() => {});
  }
}
