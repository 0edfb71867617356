import { EVENTS_PATH, flagPath, FLAGS_PATH, STREAM_PATH } from "../contract/endpoints.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Scheduler } from "../runtime/scheduler.ts";
import { createAttempt } from "./attempt.ts";
import type { Attempt } from "./attempt.ts";
import { describeCause } from "./describe-cause.ts";
import { HttpError } from "./http-error.ts";
import type { HttpFailure } from "./http-error.ts";
import { isLoopback } from "./is-loopback.ts";
import { readText } from "./read-text.ts";
import { parseRetryAfter } from "./retry-after.ts";
import { sanitize } from "./sanitize.ts";

/** What a `GET` for configuration came back with. */
export interface ConfigurationAnswer {
  /** The body's JSON; `undefined` when nothing changed (304). */
  readonly json: unknown;
  /** The answer's `ETag`, if any. */
  readonly etag: string | undefined;
}

/** An open event stream. */
export interface StreamConnection {
  readonly body: ReadableStream<Uint8Array>;
  /** Ends the connection; safe to call twice and at any moment. */
  close(): void;
}

/** The one caller of `fetch` (contract §1). Every method rejects with an `HttpError` and with nothing else. */
export interface HttpClient {
  /** `GET /v1/sdk/flags`; with `etag`, only if it changed. `timeout` bounds the whole call (ms). */
  getSnapshot(
    options?: { readonly etag?: string | undefined; readonly timeout?: number | undefined },
  ): Promise<ConfigurationAnswer>;
  /** `GET /v1/sdk/flags/{key}`. */
  getFlag(key: string): Promise<ConfigurationAnswer>;
  /** `GET /v1/sdk/stream`: settles when the headers have arrived. */
  openStream(): Promise<StreamConnection>;
  /** `POST /v1/sdk/events` with a body that is already JSON; `timeout` bounds the whole call (ms). */
  postEvents(body: string, options?: { readonly timeout?: number | undefined }): Promise<void>;
  /** How many requests went out during the last minute. */
  requestsInLastMinute(): number;
  /** Aborts every call under way and refuses new ones. */
  close(): void;
}

/** What an {@linkcode HttpClient} works with. Times in ms. */
export interface HttpClientOptions {
  readonly sdkKey: string;
  /** Absolute, without a trailing slash. */
  readonly baseUrl: string;
  /** The package's, for the `User-Agent`. */
  readonly version: string;
  /** Until the headers of an answer have arrived. */
  readonly connectTimeout: number;
  /** Until its body has arrived, from the headers on; a stream has none. */
  readonly readTimeout: number;
  /** The runtime's, looked up at each call, when it is left out. */
  readonly fetch?: typeof fetch | undefined;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly runtime: Pick<
    Runtime,
    "name" | "canShareInFlight" | "requestInit" | "streamInit" | "releaseStreams"
  >;
}

/** One request, before it has been made. */
interface Call {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly init?: RequestInit;
  readonly timeout?: number | undefined;
}

/** 64 MiB of JSON, and of an error's text what fits into a message many times over (contract §1). */
const MAX_BODY_BYTES = 64 * 2 ** 20;
const MAX_ERROR_BYTES = 64 * 2 ** 10;

/** What a 429 without `Retry-After` asks for (contract §1). */
const DEFAULT_PAUSE_MS = 30_000;

/** Makes the one caller of `fetch`. Nothing is done before the first call. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { sdkKey, baseUrl, version, connectTimeout, readTimeout, scheduler, logger, runtime } = options;
  /** What `close()` has to end. */
  const attempts = new Set<Attempt>();
  const connections = new Set<StreamConnection>();
  const recent: number[] = [];
  /** The wait a 429 asked for: from when, until when. */
  let pause = { from: 0, until: 0 };
  let warned = false;
  let closed = false;

  function failure(call: Call, what: string, facts?: HttpFailure): HttpError {
    return new HttpError(`${call.method} ${call.path} ${what}`, facts);
  }

  /** Makes one request and hands its answer, whatever the status, to `use`, which has to read or to cancel the body. */
  async function exchange<T>(
    call: Call,
    use: (response: Response, attempt: Attempt) => Promise<T>,
  ): Promise<T> {
    if (closed) throw failure(call, "was not made: the client is closed");
    const paused = call.path === EVENTS_PATH ? 0 : remainingPause();
    if (paused > 0) {
      throw failure(
        call,
        `was not made: the service answered 429 to an earlier call, and has to be left alone for another ${
          seconds(paused)
        }`,
        { status: 429, retryAfter: paused },
      );
    }
    warnOfPlainHttp();
    // A Worker's request must never touch what another one made (contract §6.1): there, each ends by its deadline.
    const attempt = createAttempt(scheduler);
    if (runtime.canShareInFlight) attempts.add(attempt);
    const limit = call.timeout;
    const cancelLimit = limit === undefined
      ? undefined
      : scheduler.after(limit, () => attempt.fail(failure(call, `was given up after ${limit} ms`)));
    try {
      const headersIn = attempt.deadline(
        connectTimeout,
        () =>
          failure(
            call,
            `had no answer within ${connectTimeout} ms (connectTimeout): check that the service can be reached`,
          ),
      );
      const response = await send(call, attempt).finally(headersIn);
      return await use(response, attempt);
    } finally {
      cancelLimit?.();
      attempts.delete(attempt);
    }
  }

  async function send(call: Call, attempt: Attempt): Promise<Response> {
    // Unbound: workerd refuses a `fetch` that is called as some object's method.
    const fetch = options.fetch ?? globalThis.fetch;
    countRequest();
    try {
      const sent = fetch(baseUrl + call.path, {
        ...runtime.requestInit,
        ...call.init,
        method: call.method,
        headers: {
          "Authorization": sdkKey,
          "User-Agent": `featureflip-sdk/${version} (${runtime.name})`,
          "Accept": "application/json",
          ...call.headers,
        },
        ...(call.body === undefined ? {} : { body: call.body }),
        redirect: "manual",
        signal: attempt.signal,
      });
      return await attempt.race(sent, (late) => discard(late.body));
    } catch (error) {
      if (error instanceof HttpError) throw error;
      throw failure(
        call,
        `failed before an answer came (${describe(error)}): check the network and the base URL`,
      );
    }
  }

  /** Reads a body within `readTimeout`. */
  async function read(call: Call, response: Response, attempt: Attempt, maxBytes: number): Promise<string> {
    const bodyIn = attempt.deadline(
      readTimeout,
      () => failure(call, `did not bring its whole answer within ${readTimeout} ms (readTimeout)`),
    );
    try {
      const text = await readText(response.body, attempt, maxBytes);
      if (text !== undefined) return text;
    } catch (error) {
      if (error instanceof HttpError) throw error;
      throw failure(call, `broke off in the middle of its answer (${describe(error)})`);
    } finally {
      bodyIn();
    }
    throw failure(call, `answered with more than ${maxBytes} bytes, which is refused`);
  }

  /** Turns an answer that is no success into the error that says what to do about it. */
  async function refused(call: Call, response: Response, attempt: Attempt): Promise<HttpError> {
    const { status, headers } = response;
    if (response.type === "opaqueredirect" || (status >= 300 && status < 400 && status !== 304)) {
      discard(response.body);
      const location = headers.get("location");
      const target = location === null ? "" : ` to ${quote(location)}`;
      const what =
        `answered with a redirect${target}, and redirects are never followed: correct the base URL`;
      return failure(call, what, { status });
    }
    const text = await read(call, response, attempt, MAX_ERROR_BYTES).catch(() => "");
    const problem = parseObject(text);
    const keyRejected = status === 401 || (status === 403 && problem !== undefined);
    const retryAfter = parseRetryAfter(
      headers.get("retry-after"),
      Date.parse(headers.get("date") ?? "") || scheduler.now(),
    ) ?? (status === 429 ? DEFAULT_PAUSE_MS : undefined);
    if (status === 429 && call.path !== EVENTS_PATH) {
      pause = { from: scheduler.now(), until: scheduler.now() + retryAfter! };
    }
    const said = [problem?.error, problem?.detail, problem?.title].find((part) =>
      typeof part === "string" && part
    );
    const detail = said === undefined ? contentType(headers) : quote(said as string);
    return failure(call, `answered ${status} (${detail})${advice(status, keyRejected, retryAfter)}`, {
      status,
      keyRejected,
      retryAfter,
    });
  }

  async function getJson(call: Call, sentEtag?: string): Promise<ConfigurationAnswer> {
    return await exchange(call, async (response, attempt) => {
      const etag = response.headers.get("etag") ?? undefined;
      if (response.status === 304 && sentEtag !== undefined) {
        discard(response.body);
        return { json: undefined, etag: etag ?? sentEtag };
      }
      if (!response.ok) throw await refused(call, response, attempt);
      const text = await read(call, response, attempt, MAX_BODY_BYTES);
      try {
        return { json: JSON.parse(text) as unknown, etag };
      } catch {
        throw failure(
          call,
          `answered ${response.status} with a body that is not JSON (${
            contentType(response.headers)
          }): check the base URL, and for a proxy in between`,
        );
      }
    });
  }

  function remainingPause(): number {
    const now = scheduler.now();
    // Before its own beginning: the clock was set back, and says nothing about the pause any more.
    return now < pause.from ? 0 : Math.max(0, pause.until - now);
  }

  function countRequest(): void {
    forgetOldRequests();
    recent.push(scheduler.now());
  }

  function forgetOldRequests(): void {
    const now = scheduler.now();
    while (recent.length > 0 && !(recent[0]! > now - 60_000 && recent[0]! <= now)) recent.shift();
  }

  function warnOfPlainHttp(): void {
    if (warned) return;
    warned = true;
    const { protocol, hostname } = new URL(baseUrl);
    if (protocol === "http:" && !isLoopback(hostname)) {
      logger.warn(
        "The base URL uses http: beyond this machine, so the SDK key travels unencrypted: use https:",
      );
    }
  }

  function describe(error: unknown): string {
    return sanitize(describeCause(error), sdkKey);
  }

  function quote(text: string): string {
    return `"${sanitize(text, sdkKey)}"`;
  }

  function contentType(headers: Headers): string {
    return sanitize(headers.get("content-type") ?? "no content type", sdkKey);
  }

  return {
    getSnapshot({ etag, timeout } = {}) {
      const headers = etag === undefined ? {} : { "If-None-Match": etag };
      return getJson({ method: "GET", path: FLAGS_PATH, headers, timeout }, etag);
    },
    async getFlag(key) {
      const path = flagPath(key);
      if (path !== null) return await getJson({ method: "GET", path });
      throw new HttpError(`GET ${FLAGS_PATH}/{key} was not made: a URL can not carry the flag's key`);
    },
    openStream() {
      const call: Call = {
        method: "GET",
        path: STREAM_PATH,
        // Identity: some runtimes hold a compressed stream back until enough of it has gathered (contract §1).
        headers: { "Accept": "text/event-stream", "Accept-Encoding": "identity" },
        init: runtime.streamInit,
      };
      const stopReleasing = runtime.releaseStreams?.();
      const opened = exchange(call, async (response, attempt) => {
        if (!response.ok) throw await refused(call, response, attempt);
        const { body } = response;
        if (body === null || !/^text\/event-stream\b/i.test(contentType(response.headers))) {
          discard(body);
          const what = `answered ${response.status} with ${
            contentType(response.headers)
          } instead of an event stream`;
          throw failure(call, `${what}: check the base URL, and for a proxy in between`);
        }
        const connection: StreamConnection = {
          body,
          close() {
            connections.delete(connection);
            attempt.fail(failure(call, "was closed"));
            discard(body);
          },
        };
        connections.add(connection);
        return connection;
      });
      return opened.finally(stopReleasing);
    },
    async postEvents(body, { timeout } = {}) {
      const headers = { "Content-Type": "application/json" };
      const call: Call = { method: "POST", path: EVENTS_PATH, headers, body, timeout };
      await exchange(call, async (response, attempt) => {
        if (!response.ok) throw await refused(call, response, attempt);
        discard(response.body);
      });
    },
    requestsInLastMinute() {
      forgetOldRequests();
      return recent.length;
    },
    close() {
      closed = true;
      for (const attempt of attempts) {
        attempt.fail(new HttpError("The call was given up: the client is closed"));
      }
      for (const connection of connections) connection.close();
    },
  };
}

/** Lets a body go that nobody will read: what is neither read nor cancelled holds its connection. */
function discard(body: ReadableStream<Uint8Array> | null): void {
  if (body !== null && !body.locked) body.cancel().catch(() => {});
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const json = JSON.parse(text) as unknown;
    return typeof json === "object" && json !== null ? json as Readonly<Record<string, unknown>> : undefined;
  } catch {
    return undefined;
  }
}

function advice(status: number, keyRejected: boolean, retryAfter: number | undefined): string {
  if (keyRejected) {
    return ": the SDK key was rejected, check that it is the right one and neither expired nor revoked";
  }
  if (status === 403) {
    return ": this does not look like the service's own answer, check for a firewall in between";
  }
  if (status === 404) return ": check the base URL";
  if (status === 429) {
    return `: too many requests with this SDK key, the next can be made in ${seconds(retryAfter!)}`;
  }
  return status >= 500 ? ": the service can not answer for now" : "";
}

function seconds(ms: number): string {
  return `${Math.ceil(ms / 1000)} s`;
}
