import { createEventParser } from "./sse-parser.ts";
import type { EventHandlers } from "./sse-parser.ts";

/** What a reader of an event stream is told; what it throws ends the stream. */
export interface EventStreamHandlers extends EventHandlers {
  /** So many bytes have come, whatever they are. */
  onBytes(count: number): void;
}

/** An event stream that is being read. */
export interface EventStream {
  /** Resolves when the server ends the stream, rejects when it breaks or a handler throws. */
  readonly ended: Promise<void>;
  /** Stops reading and lets go of the body. */
  cancel(): void;
}

/** Reads a body as an event stream. */
export function readEventStream(
  body: ReadableStream<Uint8Array>,
  handlers: EventStreamHandlers,
): EventStream {
  const reader = body.getReader();
  // It strips a byte order mark, and puts characters together that chunks have cut apart.
  const decoder = new TextDecoder();
  const parse = createEventParser(handlers);

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
