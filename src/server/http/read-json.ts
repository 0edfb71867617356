import { HTTPException } from "hono/http-exception";

/**
 * Reads a JSON body, counting while it comes: what a header says about its length proves nothing.
 *
 * @throws {HTTPException} 413 when it is longer than `maxBytes`, 400 when it is no JSON, or does not come to its end.
 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  try {
    return JSON.parse(await readText(request, maxBytes));
  } catch (cause) {
    if (cause instanceof HTTPException) throw cause;
    throw new HTTPException(400, { message: "The body must be JSON", cause });
  }
}

async function readText(request: Request, maxBytes: number): Promise<string> {
  const reader = request.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (let chunk = await reader?.read(); chunk?.value !== undefined; chunk = await reader?.read()) {
    bytes += chunk.value.byteLength;
    if (bytes > maxBytes) {
      // Not awaited: a sender that never ends need not be told before it is answered.
      reader?.cancel().catch(() => {});
      throw new HTTPException(413, { message: `The body must be at most ${maxBytes} bytes long` });
    }
    text += decoder.decode(chunk.value, { stream: true });
  }
  return text + decoder.decode();
}

/** Levels of nesting beyond which a value is a type violation (contract §2.1). */
export const MAX_NESTING = 100;

/** Whether lists and objects are nested no deeper than the contract allows. */
export function isNestedWithin(json: unknown, levels: number = MAX_NESTING): boolean {
  if (typeof json !== "object" || json === null) return true;
  return levels > 0 && Object.values(json).every((item) => isNestedWithin(item, levels - 1));
}
