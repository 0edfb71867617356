import { HTTPException } from "hono/http-exception";
import { MAX_NESTING } from "../../contract/limits.ts";
import { readText } from "../../http/read-body.ts";

/**
 * Reads a JSON body.
 *
 * @throws {HTTPException} 413 when it is longer than `maxBytes`, 400 when it is not JSON or breaks off.
 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  try {
    const text = await readText(request.body, maxBytes);
    if (text === undefined) {
      throw new HTTPException(413, { message: `The body must be at most ${maxBytes} bytes long` });
    }
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof HTTPException) throw cause;
    throw new HTTPException(400, { message: "The body must be JSON", cause });
  }
}

/** Whether lists and objects are nested no deeper than the contract allows. */
export function isNestedWithin(json: unknown, levels: number = MAX_NESTING): boolean {
  if (typeof json !== "object" || json === null) return true;
  return levels > 0 && Object.values(json).every((item) => isNestedWithin(item, levels - 1));
}
