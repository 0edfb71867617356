import { createParser } from "eventsource-parser";
import { HttpError } from "../http/http-error.ts";

/** What a reader of an event stream is told; what it throws ends the stream. */
export interface EventStreamHandlers {
  /** Bytes have come, whatever they are. */
  onBytes(): void;
  /** A comment: some services and proxies send them to show that they live. */
  onComment(): void;
  onEvent(type: string, data: string): void;
  /** The server asks for this wait before a reconnection, in ms. */
  onRetry(delay: number): void;
}

/** An event stream that is being read. */
export interface EventStream {
  /** Resolves when the server ends the stream, rejects when it breaks or a handler throws. */
  readonly ended: Promise<void>;
  /** Stops reading and lets go of the body. */
  cancel(): void;
}

/** What one event may hold at most, 32 MiB (contract §1), counted as it gathers. */
const MAX_EVENT_LENGTH = 32 * 2 ** 20;

/** Reads `text/event-stream` by the WHATWG rules (contract §4). */
export function readEventStream(
  body: ReadableStream<Uint8Array>,
  handlers: EventStreamHandlers,
): EventStream {
  const reader = body.getReader();
  // It strips a byte order mark, and puts characters together that chunks have cut apart.
  const decoder = new TextDecoder();
  let endsInReturn = false;
  const parser = createParser({
    maxBufferSize: MAX_EVENT_LENGTH,
    onEvent({ event = "message", data }) {
      if (data.length > MAX_EVENT_LENGTH) throw tooLong();
      handlers.onEvent(event, data);
    },
    onComment: handlers.onComment,
    onRetry: handlers.onRetry,
    onError({ type }) {
      if (type === "max-buffer-size-exceeded") throw tooLong();
    },
  });

  /** The parser takes a lone CR for a line's end only once it has seen what follows, which may be half a minute later. */
  function withLineFeeds(text: string): string {
    const rest = endsInReturn && text.startsWith("\n") ? text.slice(1) : text;
    if (text !== "") endsInReturn = text.endsWith("\r");
    return rest.includes("\r") ? rest.replace(/\r\n?/g, "\n") : rest;
  }

  async function read(): Promise<void> {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      handlers.onBytes();
      parser.feed(withLineFeeds(decoder.decode(value, { stream: true })));
    }
  }

  return {
    ended: read(),
    cancel() {
      reader.cancel().catch(() => {});
    },
  };
}

function tooLong(): HttpError {
  return new HttpError(
    `An event of the stream is longer than ${MAX_EVENT_LENGTH} characters, which is refused`,
  );
}
