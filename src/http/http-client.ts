import { EVENTS_PATH, FLAGS_PATH, STREAM_PATH } from "../contract/endpoints.ts";
import { DEFAULT_RATE_LIMIT_PAUSE_MS, MAX_ERROR_BYTES, MAX_SERVER_DELAY_MS } from "../contract/limits.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Scheduler } from "../runtime/scheduler.ts";
import { createAttempt } from "./attempt.ts";
import type { Attempt } from "./attempt.ts";
import { parseRetryAfter } from "./headers.ts";
import type { HttpError } from "./http-error.ts";
import { isLoopback } from "./loopback.ts";
import { readText } from "./read-body.ts";
import { describeCause, sanitize } from "./redact.ts";

/** What a `GET` for configuration came back with. */
export interface ConfigurationAnswer {
  /** The body, and what its JSON says; both `undefined` when nothing changed (304). */
  readonly text: string | undefined;
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
  /** `GET /v1/sdk/flags/{key}`, by its path. */
  getFlag(path: string): Promise<ConfigurationAnswer>;
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
    "name" | "hasBackground" | "requestInit" | "streamInit" | "releaseStreams"
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

/** The size limit of an answer's JSON: 64 MiB. */
const MAX_BODY_BYTES = 64 * 2 ** 20;

const CLOSED = "was given up: the client is closed";

/** Makes the one caller of `fetch`. Nothing is done before the first call. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { sdkKey, baseUrl, scheduler, logger, runtime } = options;
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
    { path, init, headers, etag, timeout = Infinity }: Call,
    use: (response: Response, attempt: Attempt) => T | Promise<T>,
  ): Promise<T> {
    const attempt = createAttempt(`${init?.method ?? "GET"} ${path}`, scheduler);
    const now = scheduler.now();
    // Further off than any server can ask for: the clock was set back.
    if (pausedUntil - now > MAX_SERVER_DELAY_MS) pausedUntil = 0;
    const pause = path === EVENTS_PATH ? 0 : pausedUntil - now;
    if (closed) throw attempt.error(CLOSED);
    if (pause > 0) {
      const left = Math.ceil(pause / 1000);
      throw attempt.error(`was not made: after a 429 the service is left alone for another ${left} s`, {
        status: 429,
        retryAfter: pause,
      });
    }
    warnOfPlainHttp();
    requestsInLastMinute();
    recent.push(now);

    async function send(): Promise<Response> {
      // Unbound: workerd refuses a `fetch` that is called as some object's method.
      const fetch = options.fetch ?? globalThis.fetch;
      const { signal } = attempt;
      const response = await fetch(baseUrl + path, {
        method: "GET",
        ...runtime.requestInit,
        ...init,
        headers: {
          "Authorization": sdkKey,
          "User-Agent": `featureflip-sdk/${options.version} (${runtime.name})`,
          "Accept": "application/json",
          ...headers,
          ...(etag !== undefined && { "If-None-Match": etag }),
        },
        redirect: "manual",
        signal,
      });
      if (signal.aborted) discard(response.body); // it came too late
      return response;
    }

    async function answer(): Promise<T> {
      const response = await part("no answer", "connectTimeout", send(), attempt);
      const { ok, status } = response;
      if (!ok && (status !== 304 || etag === undefined)) throw await refusal(path, response, attempt);
      return await use(response, attempt);
    }

    const end = (): void => attempt.end(CLOSED);
    // A Worker's request must never touch what another one made (contract §6.1): there, each ends by its deadline.
    if (runtime.hasBackground) endings.add(end);
    try {
      return await attempt.within(timeout, `was given up after ${timeout} ms`, answer());
    } finally {
      endings.delete(end);
    }
  }

  /** Waits for a part of an answer, as long as an option allows. */
  function part<T>(
    lack: string,
    option: "connectTimeout" | "readTimeout",
    work: Promise<T>,
    attempt: Attempt,
  ): Promise<T> {
    const ms = options[option];
    const message = (why: string): string => `got ${lack} ${why}: check the network and the base URL`;
    return attempt.within(
      ms,
      message(`within ${ms} ms (${option})`),
      work.catch((error) => {
        throw attempt.error(message(`(${clean(describeCause(error))})`));
      }),
    );
  }

  async function read({ body }: Response, attempt: Attempt, maxBytes: number): Promise<string> {
    const reading = readText(body, maxBytes, attempt.signal);
    const text = await part("no whole answer", "readTimeout", reading, attempt);
    if (text === undefined) {
      throw attempt.error(`answered with more than ${maxBytes} bytes, which is refused`);
    }
    return text;
  }

  /** Turns an answer that is no success into the error that says what to do about it. */
  async function refusal(path: string, response: Response, attempt: Attempt): Promise<HttpError> {
    const { status, headers } = response;
    const problem = parseObject(await read(response, attempt, MAX_ERROR_BYTES).catch(() => ""));
    const keyRejected = status === 401 || (status === 403 && problem !== undefined);
    let retryAfter = parseRetryAfter(headers, scheduler.now());
    if (status === 429) {
      retryAfter ??= DEFAULT_RATE_LIMIT_PAUSE_MS;
      if (path !== EVENTS_PATH) pausedUntil = scheduler.now() + retryAfter;
    }
    const said = [headers.get("location"), problem?.error, problem?.detail, problem?.title]
      .find((part) => typeof part === "string" && part) as string | undefined;
    const reason = said === undefined ? contentType(response) : `"${clean(said)}"`;
    const advice = adviceOn(status, keyRejected);
    return attempt.error(`answered ${status} (${reason})${advice}`, { status, keyRejected, retryAfter });
  }

  function getJson(call: Call): Promise<ConfigurationAnswer> {
    return exchange(call, async (response, attempt) => {
      const etag = response.headers.get("etag") ?? undefined;
      if (response.status === 304) {
        discard(response.body);
        return { text: undefined, json: undefined, etag: etag ?? call.etag };
      }
      const text = await read(response, attempt, MAX_BODY_BYTES);
      try {
        return { text, json: JSON.parse(text) as unknown, etag };
      } catch {
        throw foreign(response, attempt, "JSON");
      }
    });
  }

  /** The error for an answer that only something other than the service can have given. */
  function foreign(response: Response, attempt: Attempt, expected: string): HttpError {
    const answered = `answered ${response.status} with what is no ${expected} (${contentType(response)})`;
    return attempt.error(`${answered}: check the base URL, and for a proxy in between`);
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
        "The base URL is http: beyond this machine, so the SDK key travels unencrypted: use https:",
      );
    }
  }

  function clean(text: string): string {
    return sanitize(text, sdkKey);
  }

  function contentType({ headers }: Response): string {
    return clean(headers.get("content-type") ?? "no content type");
  }

  return {
    getSnapshot: (conditions) => getJson({ path: FLAGS_PATH, ...conditions }),
    getFlag: (path) => getJson({ path }),
    openStream() {
      // Identity: some runtimes hold a compressed stream back until enough of it has gathered (contract §1).
      const headers = { "Accept": "text/event-stream", "Accept-Encoding": "identity" };
      const stopReleasing = runtime.releaseStreams?.();
      return exchange({ path: STREAM_PATH, headers, init: runtime.streamInit }, (response, attempt) => {
        const { body } = response;
        if (body === null || !/^text\/event-stream\b/i.test(contentType(response))) {
          discard(body);
          throw foreign(response, attempt, "event stream");
        }
        function close(): void {
          endings.delete(close);
          attempt.end(CLOSED);
          discard(body);
        }
        endings.add(close);
        return { body, close };
      }).finally(stopReleasing);
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

/** What to do about an answer that is no success, if that is known. */
function adviceOn(status: number, keyRejected: boolean): string {
  if (keyRejected) {
    return ": the SDK key was rejected, check that it is right and neither expired nor revoked";
  }
  // A redirect that was not followed is opaque on some runtimes, without a status.
  if (status < 400 && status !== 304) return ": a redirect is never followed, correct the base URL";
  if (status === 403) return ": check for a firewall in between";
  if (status === 404) return ": check the base URL";
  if (status === 429) return ": too many requests with this SDK key";
  return status >= 500 ? ": the service can not answer for now" : "";
}

/** Lets a body go that nobody will read: what is neither read nor cancelled holds its connection. */
function discard(body: ReadableStream<Uint8Array> | null): void {
  if (body !== null && !body.locked) body.cancel().catch(() => {});
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return { ...JSON.parse(text) as object };
  } catch {
    return undefined;
  }
}
