import { MAX_ERROR_BYTES, MAX_SNAPSHOT_BYTES } from "../contract/limits.ts";
import { parseJson } from "../contract/parse-json.ts";
import { PayloadError } from "../contract/payload-error.ts";
import { EVENTS_PATH, FLAGS_PATH, STREAM_PATH } from "../contract/wire.ts";
import { kindOf } from "../errors/format.ts";
import type { RequestError } from "../errors/request-error.ts";
import type { Fetch, OwnConnections } from "../runtime/fetch.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Scheduler } from "../runtime/scheduler.ts";
import { Attempt } from "./attempt.ts";
import { discardBody, readText } from "./read-body.ts";
import { describeCause, sanitize } from "./redact.ts";
import { interpretRefusal, RequestQuota } from "./refusal.ts";

/** The response to a `GET` for configuration. */
export interface ConfigurationAnswer {
  /** The body; `undefined` for a 304. */
  readonly text: string | undefined;
  /** The body as parsed JSON; `undefined` when nothing changed: for a 304, or a body that is the text of the call. */
  readonly json: unknown;
  /** The response's `ETag`, if any. */
  readonly etag: string | undefined;
}

/** An open event stream. */
export interface StreamConnection {
  readonly body: ReadableStream<Uint8Array>;
  /** Ends the connection. Safe to call twice and at any moment. */
  close(): void;
}

/**
 * The only caller of `fetch` (contract §1). Every method rejects with a `RequestError` and with nothing else, but for a
 * `PayloadError` when an answer is JSON beyond the limits of depth and size.
 */
export interface HttpClient {
  /**
   * `GET /v1/sdk/flags`; with `etag`, only if it changed. A body equal to `text` is not parsed. `timeout` bounds the whole
   * call, in ms. `lastVersion` as for {@linkcode openStream}: polls may take the place of a stream that a relay refused for it.
   */
  getSnapshot(
    options?: {
      readonly etag?: string | undefined;
      readonly text?: string | undefined;
      readonly timeout?: number | undefined;
      readonly lastVersion?: number | undefined;
    },
  ): Promise<ConfigurationAnswer>;
  /** `GET /v1/sdk/flags/{key}`, by its path. */
  getFlag(path: string): Promise<ConfigurationAnswer>;
  /**
   * `GET /v1/sdk/stream`: settles when the response headers have arrived. `lastVersion` is the newest version that the
   * client holds, so that a relay that has not reached it yet does not move it back (contract §4).
   */
  openStream(options?: { readonly lastVersion?: number | undefined }): Promise<StreamConnection>;
  /** `POST /v1/sdk/events` with a body that is already JSON. `timeout` bounds the whole call, in ms. */
  postEvents(body: string, options?: { readonly timeout?: number | undefined }): Promise<void>;
  /** How many requests were sent during the last minute. */
  requestsInLastMinute(): number;
  /** Aborts every call in flight and refuses new ones. */
  close(): void;
}

/** Options of an {@linkcode HttpClient}. Times in ms. */
export interface HttpClientOptions {
  readonly sdkKey: string;
  /** An absolute URL without a trailing slash. */
  readonly baseUrl: string;
  /** Where events are sent; `baseUrl` by default. */
  readonly eventsUrl?: string | undefined;
  /** The package's version, for the `User-Agent`. */
  readonly version: string;
  /** Limit until the response headers have arrived. */
  readonly connectTimeout: number;
  /** Limit from the headers until the body has arrived; streams have none. */
  readonly readTimeout: number;
  /** The runtime's `fetch`, looked up at each call, when left out. */
  readonly fetch?: Fetch | undefined;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly runtime: Pick<
    Runtime,
    "name" | "hasBackground" | "requestInit" | "streamInit" | "openConnections" | "releaseStreams"
  >;
}

/** One request before it is sent: a `POST` if `init` says so. */
interface Call {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly init?: RequestInit;
  /** Limit for the whole call, in ms. */
  readonly timeout?: number | undefined;
  /** Limit until the response headers have arrived, in ms; the option by default. */
  readonly connectTimeout?: number | undefined;
  readonly etag?: string | undefined;
  /** A body that need not be parsed. */
  readonly text?: string | undefined;
  /** The newest version that the client holds (contract §4). */
  readonly lastVersion?: number | undefined;
}

/** Receives a response that is not a refusal; it has to read or to discard the body. */
type TakeResponse<T> = (response: Response, attempt: Attempt) => T | Promise<T>;

const CLOSED = "aborted: the client is closed";

/** Creates the only caller of `fetch`. Nothing is done before the first call. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  return new FetchClient(options);
}

class FetchClient implements HttpClient {
  readonly #options: HttpClientOptions;
  readonly #quota: RequestQuota;
  /** Ends each call in flight and each open stream, for `close()`. */
  readonly #endings = new Set<() => void>();
  /** Opened by the first request. */
  #connections: OwnConnections | undefined;
  #status: "unused" | "used" | "closed" = "unused";

  constructor(options: HttpClientOptions) {
    this.#options = options;
    this.#quota = new RequestQuota(options.scheduler);
  }

  getSnapshot(conditions?: Parameters<HttpClient["getSnapshot"]>[0]): Promise<ConfigurationAnswer> {
    return this.#getJson({ path: FLAGS_PATH, ...conditions });
  }

  getFlag(path: string): Promise<ConfigurationAnswer> {
    return this.#getJson({ path });
  }

  openStream(version?: Pick<Call, "lastVersion">): Promise<StreamConnection> {
    const { runtime } = this.#options;
    // Identity: some runtimes hold a compressed stream back until enough of it has gathered (contract §1).
    const headers = { "Accept": "text/event-stream", "Accept-Encoding": "identity" };
    const stopReleasing = runtime.releaseStreams?.();
    return this.#exchange(
      { path: STREAM_PATH, headers, init: runtime.streamInit, ...version },
      (response, attempt) => this.#connect(response, attempt),
    ).finally(stopReleasing);
  }

  postEvents(body: string, { timeout }: Pick<Call, "timeout"> = {}): Promise<void> {
    const headers = { "Content-Type": "application/json" };
    const init = { method: "POST", body };
    // A large body takes long to upload: the sender's limit for the whole call replaces connectTimeout (contract §5).
    const connectTimeout = timeout === undefined ? undefined : Infinity;
    const call = { path: EVENTS_PATH, headers, init, timeout, connectTimeout };
    return this.#exchange(call, (response, attempt) => this.#acknowledge(response, attempt));
  }

  requestsInLastMinute(): number {
    return this.#quota.sentInLastMinute;
  }

  close(): void {
    if (this.#status === "closed") return;
    this.#status = "closed";
    for (const end of this.#endings) end();
    this.#connections?.close();
  }

  /** Sends a request and passes its response, unless it is a refusal, to `take`. */
  async #exchange<T>(call: Call, take: TakeResponse<T>): Promise<T> {
    const { path, init, timeout = Infinity } = call;
    const { runtime, scheduler } = this.#options;
    const attempt = new Attempt(`${init?.method ?? "GET"} ${path}`, scheduler);
    this.#admit(path, attempt);
    const end = (): void => attempt.abort(CLOSED);
    // On request-scoped runtimes a request must never touch what another one made (contract §6.1): each call ends by
    // its own deadline there.
    if (runtime.hasBackground) this.#endings.add(end);
    try {
      const taken = this.#receive(call, attempt).then((response) => take(response, attempt));
      return await attempt.within(timeout, `aborted after ${timeout} ms`, taken);
    } finally {
      this.#endings.delete(end);
    }
  }

  /** Decides whether a request may be sent now, and counts it. */
  #admit(path: string, attempt: Attempt): void {
    if (this.#status === "closed") throw attempt.error(CLOSED);
    // A 429 on events pauses nothing but events, which their sender does (contract §1).
    const pause = path === EVENTS_PATH ? 0 : this.#quota.pause;
    if (pause > 0) {
      throw attempt.error(`skipped: rate limited (429), next request in ${Math.ceil(pause / 1000)} s`, {
        status: 429,
        retryAfter: pause,
      });
    }
    if (this.#status === "unused") this.#open();
    this.#status = "used";
    this.#quota.count();
  }

  /** Sends a request and waits for its headers. */
  async #receive(call: Call, attempt: Attempt): Promise<Response> {
    const { connectTimeout } = call;
    const response = await this.#part("headers", this.#send(call, attempt.signal), attempt, connectTimeout);
    const { status } = response;
    // Not `ok`: a `fetch` of the caller's own answers with what `FetchResponse` asks for.
    const isExpected = (status >= 200 && status < 300) || (status === 304 && call.etag !== undefined);
    if (!isExpected) throw await this.#refusal(call.path, response, attempt);
    return response;
  }

  async #send({ path, init, headers, etag, lastVersion }: Call, signal: AbortSignal): Promise<Response> {
    const { baseUrl, eventsUrl = baseUrl, sdkKey, version, runtime } = this.#options;
    // Called without an object: workerd refuses a `fetch` that is called as a method.
    const fetch = (this.#options.fetch as typeof globalThis.fetch | undefined) ?? globalThis.fetch;
    if (typeof fetch !== "function") throw new TypeError("there is no fetch here: pass option 'fetch'");
    const response: unknown = await fetch((path === EVENTS_PATH ? eventsUrl : baseUrl) + path, {
      method: "GET",
      ...runtime.requestInit,
      ...this.#connections?.init,
      ...init,
      headers: {
        "Authorization": sdkKey,
        "User-Agent": `featureflip-sdk/${version} (${runtime.name})`,
        "Accept": "application/json",
        ...headers,
        ...(etag !== undefined && { "If-None-Match": etag }),
        ...(lastVersion !== undefined && { "Last-Event-ID": String(lastVersion) }),
      },
      redirect: "manual",
      signal,
    });
    const isUsable = isResponse(response);
    // Nobody reads a response that is not usable, or that arrives too late.
    if (!isUsable || signal.aborted) discardBody((response as Partial<Response> | null | undefined)?.body);
    if (!isUsable) {
      throw new TypeError(
        `fetch returned ${kindOf(response)} instead of a Response: check option 'fetch', or the mock`,
      );
    }
    return response;
  }

  /** Waits for a part of a response for as long as an option allows. */
  #part<T>(what: "headers" | "body", work: Promise<T>, attempt: Attempt, limit?: number): Promise<T> {
    const option = what === "headers" ? "connectTimeout" : "readTimeout";
    const ms = limit ?? this.#options[option];
    const advice = "check the network and the base URL";
    const settled = work.catch((error) => {
      const failed = what === "headers" ? "failed" : "failed while its body was read";
      throw attempt.error(`${failed} (${this.#clean(describeCause(error))}): ${advice}`);
    });
    return attempt.within(ms, `timed out: no ${what} within ${ms} ms (${option}), ${advice}`, settled);
  }

  async #read({ body }: Response, attempt: Attempt, maxBytes: number): Promise<string> {
    const text = await this.#part("body", readText(body, maxBytes, attempt.signal), attempt);
    if (text === undefined) {
      throw attempt.error(`answered with more than ${maxBytes} bytes, which is refused`);
    }
    return text;
  }

  #getJson(call: Call): Promise<ConfigurationAnswer> {
    return this.#exchange(call, async (response, attempt) => {
      const etag = response.headers.get("etag") ?? undefined;
      if (response.status === 304) {
        discardBody(response.body);
        return { text: undefined, json: undefined, etag: etag ?? call.etag };
      }
      if (isHtml(response)) throw this.#foreign(response, attempt, "not JSON");
      const text = await this.#read(response, attempt, MAX_SNAPSHOT_BYTES);
      if (text === call.text) return { text, json: undefined, etag };
      try {
        return { text, json: parseJson(text), etag };
      } catch (error) {
        if (error instanceof PayloadError) throw error;
        throw this.#foreign(response, attempt, "not JSON");
      }
    });
  }

  /** Accepts any 2xx that the service may have sent: a login page with 200 is not a delivery (contract §1). */
  async #acknowledge(response: Response, attempt: Attempt): Promise<void> {
    if (!isHtml(response)) return discardBody(response.body);
    const text = await this.#read(response, attempt, MAX_ERROR_BYTES);
    if (text !== "") throw this.#foreign(response, attempt, "a web page");
  }

  /** Accepts an event stream; everything else is refused. */
  #connect(response: Response, attempt: Attempt): StreamConnection {
    const { body } = response;
    // Decisions are made on the header as it was sent: redacted text is for messages only (contract §1).
    const isStream = /^\s*text\/event-stream\b/i.test(response.headers.get("content-type") ?? "");
    if (!body || !isStream) {
      throw this.#foreign(response, attempt, "not an event stream");
    }
    const close = (): void => {
      this.#endings.delete(close);
      attempt.abort(CLOSED);
      discardBody(body);
    };
    this.#endings.add(close);
    return { body, close };
  }

  /** Turns a response that is not a success into the error that says what to do about it. */
  async #refusal(path: string, response: Response, attempt: Attempt): Promise<RequestError> {
    const { status } = response;
    const text = await this.#read(response, attempt, MAX_ERROR_BYTES).catch(() => "");
    const refusal = interpretRefusal(response, text, this.#options.scheduler.now());
    if (status === 429 && path !== EVENTS_PATH) this.#quota.pauseFor(refusal.retryAfter!);
    const { statement, advice } = refusal;
    const reason = statement === undefined ? this.#contentType(response) : `"${this.#clean(statement)}"`;
    return attempt.error(`answered ${status} (${reason})${advice}`, refusal);
  }

  /** The error for a response that cannot come from the service itself. */
  #foreign(response: Response, attempt: Attempt, problem: string): RequestError {
    discardBody(response.body);
    const answered = `answered ${response.status} with a body that is ${problem} (${
      this.#contentType(response)
    })`;
    return attempt.error(`${answered}: check the base URL, and for a proxy in between`);
  }

  #open(): void {
    const { baseUrl, eventsUrl = baseUrl, fetch, logger, runtime } = this.#options;
    if (isPlainHttp(baseUrl) || isPlainHttp(eventsUrl)) {
      logger.warn(
        "The base URL is http: beyond this machine, so the SDK key travels unencrypted: use https:",
      );
    }
    // A caller's `fetch` has connections of its own.
    if (fetch === undefined) this.#connections = runtime.openConnections?.();
  }

  #clean(text: string): string {
    return sanitize(text, this.#options.sdkKey);
  }

  #contentType({ headers }: Response): string {
    return this.#clean(headers.get("content-type") ?? "no content type");
  }
}

/** Whether requests to this URL leave the machine unencrypted. */
function isPlainHttp(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "http:" && !isLoopback(hostname);
}

/** Whether a response is a web page: of a captive portal, a login page, a proxy. */
function isHtml({ headers }: Response): boolean {
  return /^\s*text\/html\b/i.test(headers.get("content-type") ?? "");
}

/** Whether a value has what this client needs of a response. A mocked `fetch` may return anything. */
function isResponse(value: unknown): value is Response {
  const { status, headers } = (value ?? {}) as Partial<Response>;
  return typeof status === "number" && typeof headers?.get === "function";
}

/** Whether a URL's host name refers to this machine. */
export function isLoopback(hostname: string): boolean {
  return /^(.+\.)?localhost$|^127(\.\d+){3}$|^\[::1\]$/.test(hostname);
}

/** Whether a server that listens on this address can be reached from this machine only. */
export function isLoopbackAddress(hostname: string): boolean {
  return /^(localhost|::1|127(\.\d{1,3}){3})$/.test(hostname);
}
