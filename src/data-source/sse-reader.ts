import { MAX_SNAPSHOT_BYTES } from "../contract/limits.ts";
import { RequestError } from "../errors/request-error.ts";
import type { BodyReader } from "../http/read-body.ts";

/** Receives what a reader of an event stream finds. A handler that throws ends the stream. */
export interface SseReaderHandlers extends SseHandlers {
  /** So many bytes have arrived, of whatever kind. */
  onBytes(count: number): void;
}

/** Reads a body as an event stream, until the server ends it. Rejects when it breaks, or a handler throws. */
export async function readSse(body: BodyReader, handlers: SseReaderHandlers): Promise<void> {
  // Strips a byte order mark, and joins characters that were split across chunks.
  const decoder = new TextDecoder();
  const parse = createSseParser(handlers);
  for (;;) {
    const { done, value } = await body.read();
    if (done) return;
    handlers.onBytes(value!.length);
    parse(decoder.decode(value, { stream: true }));
  }
}

/** Receives what a parser of an event stream finds. */
export interface SseHandlers {
  onEvent(type: string, data: string): void;
  /** A comment arrived: some services and proxies send them as a sign of life. */
  onComment(): void;
  /** The server asks for this wait before a reconnection, in ms. */
  onRetry(delay: number): void;
}

/**
 * Creates a parser of `text/event-stream` by the WHATWG rules (contract §4), without `id`. A line ends at a CR without
 * waiting for a possible LF: the next byte may be half a minute away.
 *
 * @returns A function that takes the next piece of the stream, split at any byte. It throws a `RequestError` at an event that
 * is too long, and whatever a handler throws.
 */
export function createSseParser(handlers: SseHandlers): (text: string) => void {
  let endsInReturn = false;
  /** The beginning of an incomplete line. */
  let partialLine = "";
  let type = "";
  let data: string | undefined;

  function processLine(line: string): void {
    if (line === "") {
      if (data !== undefined) handlers.onEvent(type || "message", data);
      type = "";
      data = undefined;
      return;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
    if (field === "data") {
      data = data === undefined ? value : `${data}\n${value}`;
      checkLength(data);
    } else if (field === "event") type = value;
    else if (field === "retry" && /^\d+$/.test(value)) handlers.onRetry(Number(value));
    else if (field === "") handlers.onComment();
  }

  return (text) => {
    const lines = (text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text).split("\n");
    if (endsInReturn && text.startsWith("\n")) lines.shift();
    if (text !== "") endsInReturn = text.endsWith("\r");
    const last = lines.pop()!;
    for (const line of lines) {
      processLine(partialLine + line);
      partialLine = "";
    }
    checkLength(partialLine += last);
  };
}

function checkLength({ length }: string): void {
  if (length <= MAX_SNAPSHOT_BYTES) return;
  throw new RequestError(
    `Flag stream sent an event of more than ${MAX_SNAPSHOT_BYTES} characters, which is refused`,
  );
}
