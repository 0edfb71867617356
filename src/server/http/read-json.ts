import { HTTPException } from "hono/http-exception";
import { BODY_TIMEOUT_MS, MAX_NESTING } from "../../contract/limits.ts";
import { parseJson } from "../../contract/parse-json.ts";
import { PayloadError } from "../../contract/payload-error.ts";
import { isJson, readText } from "../../http/read-body.ts";
import type { Scheduler } from "../../runtime/scheduler.ts";
import { problem } from "./problem.ts";

/** Options of {@linkcode readJson}. */
export interface ReadJsonOptions {
  /** The largest body, in bytes, counted while reading: a `Content-Length` proves nothing. */
  readonly maxBodyBytes: number;
  /** The most lists and objects, counted before the body is parsed; the contract's bound by default. */
  readonly maxBrackets?: number | undefined;
  /** The clock of the time limit. */
  readonly scheduler: Scheduler;
}

/**
 * Reads a JSON body.
 *
 * @throws {HTTPException} 415 when its type is not JSON, 413 when it is longer, 408 when it takes longer than 30 s, 400 when
 * it is not JSON or does not arrive completely.
 * @throws {PayloadError} when a long body is nested too deeply or contains too many lists and objects.
 */
export async function readJson(
  request: Request,
  { maxBodyBytes, maxBrackets, scheduler }: ReadJsonOptions,
): Promise<unknown> {
  if (!isJson(request.headers)) {
    throw new HTTPException(415, { message: "The Content-Type must be application/json" });
  }
  const timeout = new AbortController();
  const cancel = scheduler.after(BODY_TIMEOUT_MS, () => timeout.abort());
  // The request's own signal is not used: Deno warns about every use of it.
  const text = await readText(request.body, maxBodyBytes, timeout.signal).catch(() => "");
  cancel();
  if (timeout.signal.aborted) {
    const detail = `The body must arrive within ${BODY_TIMEOUT_MS / 1_000} s`;
    throw new HTTPException(408, { res: problem(408, detail, { connection: "close" }) });
  }
  if (text === undefined) {
    throw new HTTPException(413, { message: `The body must be at most ${maxBodyBytes} bytes long` });
  }
  try {
    return parseJson(text, maxBrackets);
  } catch (cause) {
    if (cause instanceof PayloadError) throw cause;
    throw new HTTPException(400, { message: "The body must be JSON", cause });
  }
}

/** Whether lists and objects are nested no deeper than the contract allows. */
export function isNestedWithin(json: unknown, levels: number = MAX_NESTING): boolean {
  if (typeof json !== "object" || json === null) return true;
  return levels > 0 && Object.values(json).every((item) => isNestedWithin(item, levels - 1));
}
