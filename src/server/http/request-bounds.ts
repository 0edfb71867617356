import { HTTPException } from "hono/http-exception";
import { BODY_TIMEOUT_MS, MAX_NESTING } from "../../contract/limits.ts";
import { parseJson } from "../../contract/parse-json.ts";
import { PayloadError } from "../../contract/payload-error.ts";
import { isJson, readText } from "../../http/read-body.ts";
import type { Scheduler } from "../../runtime/scheduler.ts";
import { problem, unavailable } from "./problem.ts";

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

const MINUTE_MS = 60_000;

/** How many requests a key has made, and how many of them were refused. */
export interface RequestCounts {
  readonly total: number;
  readonly refused: number;
}

interface KeyShare {
  /** When its present minute began, in ms since the epoch, and how many requests it has had. */
  start: number;
  used: number;
  total: number;
  refused: number;
}

/** Counts the requests of each key, and bounds them: no key can take the server's time from the others (contract §9). */
export class RequestShares {
  readonly #perMinute: number;
  readonly #now: () => number;
  readonly #shares: readonly KeyShare[];

  /** @param perMinute How many requests each key may make in a minute. */
  constructor(keys: number, perMinute: number, now: () => number) {
    this.#perMinute = perMinute;
    this.#now = now;
    this.#shares = Array.from({ length: keys }, () => ({ start: -Infinity, used: 0, total: 0, refused: 0 }));
  }

  /** The counts so far, in the order of the keys. */
  get counts(): readonly RequestCounts[] {
    return this.#shares;
  }

  /**
   * Counts one request.
   *
   * @throws {HTTPException} 429 when the key has used up its minute.
   */
  take(key: number): void {
    const now = this.#now();
    const share = this.#shares[key]!;
    share.total++;
    // The clock may have been set back.
    if (now - share.start >= MINUTE_MS || now < share.start) Object.assign(share, { start: now, used: 0 });
    if (share.used++ < this.#perMinute) return;
    share.refused++;
    const retryAfter = Math.ceil((share.start + MINUTE_MS - now) / 1_000);
    throw unavailable("Too many requests with this key", retryAfter, 429);
  }
}

/** The most bytes of one key's bodies that are read at once. */
const MAX_HELD_BYTES = 64 * 2 ** 20;

/** Bounds the bodies that are read at once for each key: those that stop in the middle must not fill the memory (contract §9). */
export class BodyShares {
  readonly #held: number[];

  constructor(keys: number) {
    this.#held = Array.from({ length: keys }, () => 0);
  }

  /**
   * Reads a body of at most `maxBytes`; its `Content-Length`, if it has one, counts until it is read.
   *
   * @throws {HTTPException} 503 when the key's other bodies take the room.
   */
  async read<T>(key: number, request: Request, maxBytes: number, read: () => Promise<T>): Promise<T> {
    const announced = Number(request.headers.get("content-length") ?? maxBytes);
    const bytes = Math.min(announced >= 0 ? announced : maxBytes, maxBytes);
    const others = this.#held[key]!;
    if (others > 0 && others + bytes > MAX_HELD_BYTES) {
      throw unavailable("Too many bodies at once with this key", 1);
    }
    this.#held[key] = others + bytes;
    try {
      return await read();
    } finally {
      this.#held[key]! -= bytes;
    }
  }
}

/** Whether lists and objects are nested no deeper than the contract allows. */
export function isNestedWithin(json: unknown, levels: number = MAX_NESTING): boolean {
  if (typeof json !== "object" || json === null) return true;
  return levels > 0 && Object.values(json).every((item) => isNestedWithin(item, levels - 1));
}
