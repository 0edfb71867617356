import { createSseParser } from "./sse-parser.ts";
import type { SseHandlers } from "./sse-parser.ts";

/** Receives what a reader of an event stream finds. A handler that throws ends the stream. */
export interface SseReaderHandlers extends SseHandlers {
  /** So many bytes have arrived, of whatever kind. */
  onBytes(count: number): void;
}

/** An event stream that is being read. */
export interface SseReader {
  /** Resolves when the server ends the stream, rejects when it breaks or a handler throws. */
  readonly ended: Promise<void>;
  /** Stops reading and releases the body. */
  cancel(): void;
}

/** Reads a body as an event stream. */
export function readSse(
  body: ReadableStream<Uint8Array>,
  handlers: SseReaderHandlers,
): SseReader {
  const reader = body.getReader();
  // Strips a byte order mark, and joins characters that were split across chunks.
  const decoder = new TextDecoder();
  const parse = createSseParser(handlers);

  async function read(): Promise<void> {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      handlers.onBytes(value.length);
      parse(decoder.decode(value, { stream: true }));
    }
  }

  return {
    ended: read(),
    cancel() {
      reader.cancel().catch(() => {});
    },
  };
}
