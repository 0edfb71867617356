import { MAX_JSON_BRACKETS, MAX_JSON_DEPTH, SCAN_FROM_LENGTH } from "./limits.ts";
import { PayloadError } from "./payload-error.ts";

/**
 * Parses JSON of the service or the shared store. A long text is scanned first (contract §1): a few megabytes of brackets
 * become gigabytes of objects, which end the process and cannot be caught.
 *
 * @param maxBrackets The most lists and objects, which are counted in every text that could have more.
 * @throws {PayloadError} when a long text is nested too deeply, or a text contains too many lists and objects.
 * @throws {SyntaxError} when the text is not JSON.
 */
export function parseJson(text: string, maxBrackets: number = MAX_JSON_BRACKETS): unknown {
  if (text.length > SCAN_FROM_LENGTH) scanJson(text, maxBrackets);
  else if (text.length > maxBrackets) scanJson(text, maxBrackets, Infinity);
  return JSON.parse(text);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;
const CLOSE_LIST = 0x5d;
const CLOSE_OBJECT = 0x7d;

/**
 * Counts the brackets of a JSON text outside of its strings, in one pass and without memory.
 *
 * @throws {PayloadError} when they are nested deeper than `maxDepth` levels, or more than `maxBrackets` of them open.
 */
export function scanJson(
  text: string,
  maxBrackets: number = MAX_JSON_BRACKETS,
  maxDepth: number = MAX_JSON_DEPTH,
): void {
  let depth = 0;
  let opened = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) {
      index = endOfString(text, index);
      if (index < 0) return; // not JSON, which the parser says
    } else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      if (++depth > maxDepth) {
        throw new PayloadError("", `must be nested at most ${maxDepth} levels deep`);
      }
      if (++opened > maxBrackets) {
        throw new PayloadError("", `must contain at most ${maxBrackets} lists and objects`);
      }
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth--;
  }
}

/** The index of the quote that ends the string which begins at `start`; negative when there is none. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return -1;
}
