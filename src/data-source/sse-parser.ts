import { MAX_SNAPSHOT_BYTES } from "../contract/limits.ts";
import { HttpError } from "../http/http-error.ts";

/** What a parser of an event stream tells. */
export interface EventHandlers {
  onEvent(type: string, data: string): void;
  /** A comment: some services and proxies send them to show that they live. */
  onComment(): void;
  /** The server asks for this wait before a reconnection, in ms. */
  onRetry(delay: number): void;
}

/**
 * Makes a parser of `text/event-stream` by the WHATWG rules (contract §4), but for `id`, which nobody asks for. A line is
 * over with its CR, be there an LF to come or not: what follows may be half a minute away.
 *
 * @returns What takes the next piece of the stream, cut wherever it was. It throws an `HttpError` at an event that is too
 * long, and what handlers throw.
 */
export function createEventParser(handlers: EventHandlers): (text: string) => void {
  let endsInReturn = false;
  /** The beginning of a line whose end is still to come. */
  let begun = "";
  let type = "";
  let data: string | undefined;

  function take(line: string): void {
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
      bound(data);
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
      take(begun + line);
      begun = "";
    }
    bound(begun += last);
  };
}

function bound({ length }: string): void {
  if (length <= MAX_SNAPSHOT_BYTES) return;
  throw new HttpError(
    `An event of the stream is longer than ${MAX_SNAPSHOT_BYTES} characters, which is refused`,
  );
}
