import { HTTPException } from "hono/http-exception";
import { MAX_NESTING } from "../../contract/limits.ts";
import { readText } from "../../http/read-body.ts";

/**
 * Reads a JSON body.
 *
 * @param maxBytes The largest body, counted while reading: a `Content-Length` proves nothing.
 * @throws {HTTPException} 413 when it is longer, 400 when it is not JSON or does not arrive completely.
 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  // The request's own signal is not used: Deno warns about every use of it.
  const text = await readText(request.body, maxBytes).catch(() => "");
  if (text === undefined) {
    throw new HTTPException(413, { message: `The body must be at most ${maxBytes} bytes long` });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HTTPException(400, { message: "The body must be JSON", cause });
  }
}

/** Whether lists and objects are nested no deeper than the contract allows. */
export function isNestedWithin(json: unknown, levels: number = MAX_NESTING): boolean {
  if (typeof json !== "object" || json === null) return true;
  return levels > 0 && Object.values(json).every((item) => isNestedWithin(item, levels - 1));
}
