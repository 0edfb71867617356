import { EVENTS_PATH, flagPath, FLAGS_PATH, STREAM_PATH } from "../contract/endpoints.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Scheduler } from "../runtime/scheduler.ts";
import { createAttempt } from "./attempt.ts";
import type { Attempt } from "./attempt.ts";
import { describeCause } from "./describe-cause.ts";
import { HttpError } from "./http-error.ts";
import { isLoopback } from "./is-loopback.ts";
import { readText } from "./read-text.ts";
import { MAX_SERVER_DELAY_MS, parseRetryAfter } from "./retry-after.ts";
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

/** One request, before it has been made: a `POST` if it has a body. */
interface Call {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly init?: RequestInit;
  /** For all of it, in ms. */
  readonly timeout?: number | undefined;
  readonly etag?: string | undefined;
}

/** 64 MiB of JSON, and of an error's text what fits into a message many times over (contract §1). */
const MAX_BODY_BYTES = 64 * 2 ** 20;
const MAX_ERROR_BYTES = 64 * 2 ** 10;

/** What a 429 without `Retry-After` asks for (contract §1). */
const DEFAULT_PAUSE_MS = 30_000;

/** What to do about a failure. */
const KEY_REJECTED =
  "the SDK key was rejected, check that it is the right one and neither expired nor revoked";
const UNAVAILABLE = "the service can not answer for now";
const ADVICE: Readonly<Record<number, string>> = {
  403: "check for a firewall in between",
  404: "check the base URL",
  429: "too many requests with this SDK key",
};

/** Makes the one caller of `fetch`. Nothing is done before the first call. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { sdkKey, baseUrl, version, connectTimeout, readTimeout, scheduler, logger, runtime } = options;
  /** What `close()` has to end: calls under way and open streams. */
  const endings = new Set<() => void>();
  /** When requests went out. */
  let recent: number[] = [];
  /** Until when a 429 asked to be left alone. */
  let pausedUntil = 0;
  let warned = false;
  let closed = false;

  /** Makes a request and hands its answer, unless it is a refusal, to `use`, which has to read or to cancel the body. */
  async function exchange<T>(
    call: Call,
    use: (response: Response, attempt: Attempt) => T | Promise<T>,
  ): Promise<T> {
    const { path, init, timeout = Infinity } = call;
    const attempt = createAttempt(`${init?.method ?? "GET"} ${path}`, scheduler);
    if (closed) throw attempt.error("was not made: the client is closed");
    const pause = path === EVENTS_PATH ? 0 : pausedUntil - scheduler.now();
    // Longer than any server can ask for: the clock was set back.
    if (pause > 0 && pause <= MAX_SERVER_DELAY_MS) {
      const left = `another ${Math.ceil(pause / 1000)} s`;
      throw attempt.error(`was not made: the service answered 429, and is left alone for ${left}`, {
        status: 429,
        retryAfter: pause,
      });
    }
    warnOfPlainHttp();
    requestsInLastMinute();
    recent.push(scheduler.now());

    async function answer(): Promise<T> {
      const late = `had no answer within ${connectTimeout} ms (connectTimeout): check the network`;
      const response = await attempt.within(connectTimeout, late, send(call, attempt));
      if (!response.ok && !isUnchanged(call, response)) throw await refusal(call, response, attempt);
      return await use(response, attempt);
    }

    const end = (): void => attempt.end("was given up: the client is closed");
    // A Worker's request must never touch what another one made (contract §6.1): there, each ends by its deadline.
    if (runtime.canShareInFlight) endings.add(end);
    try {
      return await attempt.within(timeout, `was given up after ${timeout} ms`, answer());
    } finally {
      endings.delete(end);
    }
  }

  async function send({ path, headers, init, etag }: Call, attempt: Attempt): Promise<Response> {
    // Unbound: workerd refuses a `fetch` that is called as some object's method.
    const fetch = options.fetch ?? globalThis.fetch;
    const { signal } = attempt;
    try {
      const response = await fetch(baseUrl + path, {
        method: "GET",
        ...runtime.requestInit,
        ...init,
        headers: {
          "Authorization": sdkKey,
          "User-Agent": `featureflip-sdk/${version} (${runtime.name})`,
          "Accept": "application/json",
          ...headers,
          ...(etag !== undefined && { "If-None-Match": etag }),
        },
        redirect: "manual",
        signal,
      });
      if (signal.aborted) discard(response.body); // it came too late
      return response;
    } catch (error) {
      const what = `failed before an answer came (${describe(error)})`;
      throw attempt.error(`${what}: check the network and the base URL`);
    }
  }

  /** Reads a body within `readTimeout`. */
  async function read({ body }: Response, attempt: Attempt, maxBytes: number): Promise<string> {
    const late = `did not bring its whole answer within ${readTimeout} ms (readTimeout)`;
    const reading = readText(body, maxBytes, attempt.signal).catch((error) => {
      throw attempt.error(`broke off in the middle of its answer (${describe(error)})`);
    });
    const text = await attempt.within(readTimeout, late, reading);
    if (text === undefined) {
      throw attempt.error(`answered with more than ${maxBytes} bytes, which is refused`);
    }
    return text;
  }

  /** Turns an answer that is no success into the error that says what to do about it. */
  async function refusal({ path }: Call, response: Response, attempt: Attempt): Promise<HttpError> {
    const { status, headers, type, body } = response;
    if (type === "opaqueredirect" || (status >= 300 && status < 400 && status !== 304)) {
      discard(body);
      const to = clean(headers.get("location") ?? "");
      const what = `answered with a redirect to "${to}", which is never followed: correct the base URL`;
      return attempt.error(what, { status });
    }
    const problem = parseObject(await read(response, attempt, MAX_ERROR_BYTES).catch(() => ""));
    const keyRejected = status === 401 || (status === 403 && problem !== undefined);
    const serverNow = Date.parse(headers.get("date") ?? "") || scheduler.now();
    let retryAfter = parseRetryAfter(headers.get("retry-after"), serverNow);
    if (status === 429) {
      retryAfter ??= DEFAULT_PAUSE_MS;
      if (path !== EVENTS_PATH) pausedUntil = scheduler.now() + retryAfter;
    }
    const said = [problem?.error, problem?.detail, problem?.title].find((part) =>
      typeof part === "string" && part
    );
    const answered = `answered ${status} (${
      said === undefined ? contentType(headers) : `"${clean(said as string)}"`
    })`;
    const advice = keyRejected ? KEY_REJECTED : ADVICE[status] ?? (status >= 500 ? UNAVAILABLE : undefined);
    return attempt.error(advice === undefined ? answered : `${answered}: ${advice}`, {
      status,
      keyRejected,
      retryAfter,
    });
  }

  function getJson(call: Call): Promise<ConfigurationAnswer> {
    return exchange(call, async (response, attempt) => {
      const { headers, status, body } = response;
      const etag = headers.get("etag") ?? undefined;
      if (isUnchanged(call, response)) {
        discard(body);
        return { json: undefined, etag: etag ?? call.etag };
      }
      const text = await read(response, attempt, MAX_BODY_BYTES);
      try {
        return { json: JSON.parse(text) as unknown, etag };
      } catch {
        throw foreign(attempt, `${status} with a body that is not JSON (${contentType(headers)})`);
      }
    });
  }

  function requestsInLastMinute(): number {
    const now = scheduler.now();
    recent = recent.filter((at) => at > now - 60_000 && at <= now);
    return recent.length;
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

  function clean(text: string): string {
    return sanitize(text, sdkKey);
  }

  function describe(error: unknown): string {
    return clean(describeCause(error));
  }

  function contentType(headers: Headers): string {
    return clean(headers.get("content-type") ?? "no content type");
  }

  return {
    getSnapshot: (conditions) => getJson({ path: FLAGS_PATH, ...conditions }),
    async getFlag(key) {
      const path = flagPath(key);
      if (path !== null) return await getJson({ path });
      throw new HttpError(`GET ${FLAGS_PATH}/{key} was not made: a URL can not carry the flag's key`);
    },
    openStream() {
      // Identity: some runtimes hold a compressed stream back until enough of it has gathered (contract §1).
      const headers = { "Accept": "text/event-stream", "Accept-Encoding": "identity" };
      const stopReleasing = runtime.releaseStreams?.();
      return exchange(
        { path: STREAM_PATH, headers, init: runtime.streamInit },
        ({ body, headers, status }, attempt) => {
          const type = contentType(headers);
          if (body === null || !/^text\/event-stream\b/i.test(type)) {
            discard(body);
            throw foreign(attempt, `${status} with ${type} instead of an event stream`);
          }
          function close(): void {
            endings.delete(close);
            attempt.end("was closed");
            discard(body);
          }
          endings.add(close);
          return { body, close };
        },
      ).finally(stopReleasing);
    },
    postEvents: (body, { timeout } = {}) =>
      exchange({
        path: EVENTS_PATH,
        headers: { "Content-Type": "application/json" },
        init: { method: "POST", body },
        timeout,
      }, (response) => discard(response.body)),
    requestsInLastMinute,
    close() {
      closed = true;
      for (const end of endings) end();
    },
  };
}

/** Whether nothing has changed since the answer whose `ETag` was sent along. */
function isUnchanged({ etag }: Call, { status }: Response): boolean {
  return status === 304 && etag !== undefined;
}

/** The error for an answer that only something other than the service can have given. */
function foreign(attempt: Attempt, what: string): HttpError {
  return attempt.error(`answered ${what}: check the base URL, and for a proxy in between`);
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
