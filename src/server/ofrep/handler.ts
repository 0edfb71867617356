import { CATCH_UP_MS, HOUR_MS } from "../../contract/limits.ts";
import { messageOf } from "../../errors/format.ts";
import type { EvaluationContext } from "../../evaluation/evaluation-context.ts";
import type { Outcome } from "../../evaluation/outcome.ts";
import type { WaitUntil } from "../../runtime/runtime.ts";
import { withTimeout } from "../../runtime/scheduler.ts";
import type { FlagSet } from "../../store/flag-set.ts";
import { Access, addressOf } from "./access.ts";
import { jsonResponse, notFound, problem, Refusal, unauthorized, withHeaders } from "./answers.ts";
import { ChangeStreams, Signer, StreamTokens } from "./change-streams.ts";
import type { FlagSource } from "./flag-source.ts";
import type { ResolvedOfrepOptions } from "./options.ts";
import { fromClaims, fromDecision, parseContext, readBody, toClaims } from "./request-context.ts";
import { isFailure, isTag, VisibleFlags } from "./results.ts";

/** What a host knows of a request beside the request itself. */
export interface OfrepScope {
  /** Keeps work alive after the response. */
  readonly waitUntil?: WaitUntil | undefined;
  /** The address of the caller. */
  readonly address?: string | undefined;
  /** What the host passes beside the request, where it may tell the address: Deno's `info`, Bun's server, the bindings of Hono. */
  readonly host?: unknown;
}

const FLAGS_PATH = "/ofrep/v1/evaluate/flags";
const STREAM_PATH = "/ofrep/v1/event-stream";

/** Answers must not be kept by caches that serve other callers. */
const PRIVATE = { "x-content-type-options": "nosniff", vary: "Origin, Authorization, X-API-Key" };

const PREFLIGHT_HEADERS = {
  "access-control-allow-methods": "POST, GET",
  "access-control-allow-headers": "Authorization, X-API-Key, Content-Type, If-None-Match",
  // In seconds: two hours, the most that Chromium accepts.
  "access-control-max-age": "7200",
};

/** How often the service is asked for flags that an event announced, in ms. */
const CATCH_UP_INTERVAL_MS = 1_000;

/** How many tags of earlier flags are remembered: an event may arrive after a later change. */
const MAX_KNOWN_TAGS = 16;

/** The most flags and variations of which the hour of the last event is remembered. */
const MAX_RECORDED = 10_000;

/** One request, and what was found out about it. */
interface Call {
  readonly request: Request;
  readonly url: URL;
  readonly scope: OfrepScope;
  /** The origin of the page that asks; empty for the endpoint's own, and without a page. */
  readonly origin: string;
}

/** What a path asks for. */
interface Route {
  /** The part of the path before `/ofrep/v1`. */
  readonly prefix: string;
  readonly name: "flag" | "flags" | "stream";
  readonly key?: string;
}

/** An endpoint of the OpenFeature Remote Evaluation Protocol (contract §9). */
export class OfrepHandler {
  readonly #source: FlagSource;
  readonly #options: ResolvedOfrepOptions;
  readonly #access: Access;
  readonly #streams: ChangeStreams;
  readonly #signer: Signer;
  readonly #tokens: StreamTokens;
  #visible: { readonly flags: FlagSet; readonly visible: VisibleFlags } | undefined;
  /** The tags of the newest flags, and those that a refresh has looked for. */
  readonly #reached = new Set<string>();
  #caughtUpAt = -Infinity;
  #catchingUp: Promise<void> | undefined;
  /** The hour in which each flag and variation was last recorded. */
  readonly #recorded = new Map<string, number>();
  /** The tag that the streams were last notified of. */
  #notified: string | undefined;
  #stopWatching: (() => void) | undefined;

  constructor(source: FlagSource, options: ResolvedOfrepOptions) {
    this.#source = source;
    this.#options = options;
    this.#access = new Access(options, source.scheduler);
    this.#streams = new ChangeStreams({ scheduler: source.scheduler, maxStreams: options.maxStreams });
    this.#signer = new Signer(source.sdkKey);
    this.#tokens = new StreamTokens(this.#signer);
  }

  /**
   * Answers one request. Never rejects.
   *
   * @param host What the host passes beside the request, or an {@linkcode OfrepScope}.
   */
  async handle(request: Request, host: object | undefined): Promise<Response> {
    const scope = toScope(request, host);
    let headers: Record<string, string> = PRIVATE;
    try {
      const url = new URL(request.url);
      const origin = this.#access.originOf(request, url);
      headers = { ...PRIVATE, ...this.#access.corsHeaders(origin) };
      return withHeaders(await this.#answer({ request, url, scope, origin }), headers);
    } catch (error) {
      let response: Response;
      if (error instanceof Refusal) response = error.response;
      else {
        this.#source.warn(`OFREP: request failed: ${messageOf(error)}`);
        response = Response.json(problem("The flags could not be evaluated"), { status: 500 });
      }
      return withHeaders(response, { ...headers, "cache-control": "no-store" });
    }
  }

  /** Ends all streams. */
  close(): void {
    this.#streams.close();
    this.#stopWatching?.();
    this.#stopWatching = undefined;
  }

  async #answer(call: Call): Promise<Response> {
    const { request, scope } = call;
    const route = this.#routeOf(call.url);
    if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: PREFLIGHT_HEADERS });
    const method = route.name === "stream" ? "GET" : "POST";
    if (request.method !== method) {
      throw new Refusal(405, problem(`Use ${method}`), { allow: `${method}, OPTIONS` });
    }
    this.#access.checkRate(request, scope.address);
    if (route.name === "stream") return await this.#openStream(call);

    const caller = await this.#access.callerOf(request);
    const { maxBodyBytes, timeout } = this.#options;
    const body = await readBody(request, { maxBodyBytes, scheduler: this.#source.scheduler });
    let decided: EvaluationContext | undefined;
    const contextOf = async (): Promise<EvaluationContext> =>
      decided ??= await this.#contextOf(request, body, route.key);
    if (route.key !== undefined || this.#visible?.visible.knownEtag(body, this.#day()) === undefined) {
      await contextOf();
    }
    await this.#source.prepare(timeout, scope.waitUntil);
    if (route.key !== undefined) return this.#evaluateOne(route.key, await contextOf(), scope);
    return await this.#evaluateAll(call, route, caller, body, contextOf);
  }

  #day(): number {
    return Math.floor(this.#source.scheduler.now() / (24 * HOUR_MS));
  }

  #routeOf({ pathname }: URL): Route {
    const { path = pathname.slice(0, Math.max(pathname.indexOf("/ofrep/v1/"), 0)) } = this.#options;
    if (!pathname.startsWith(`${path}/`)) throw notFound();
    const rest = pathname.slice(path.length);
    if (rest === STREAM_PATH && this.#source.hasStreams) return { prefix: path, name: "stream" };
    if (rest === FLAGS_PATH) return { prefix: path, name: "flags" };
    if (!rest.startsWith(`${FLAGS_PATH}/`)) throw notFound();
    try {
      return { prefix: path, name: "flag", key: decodeURIComponent(rest.slice(FLAGS_PATH.length + 1)) };
    } catch {
      throw notFound();
    }
  }

  /** Returns the context to evaluate with: what the caller sent, or what the application makes of it. */
  async #contextOf(request: Request, body: string, key: string | undefined): Promise<EvaluationContext> {
    const { context } = this.#options;
    const sent = parseContext(body, key);
    const own = context === undefined
      ? fromClaims(sent)
      : fromDecision(await context(request, toClaims(sent)));
    return this.#source.contextOf(own);
  }

  #visibleFlags(): VisibleFlags {
    const { flags } = this.#source;
    if (flags === null) throw new Refusal(503, problem("No flags are loaded yet"), { "retry-after": "1" });
    if (this.#visible?.flags !== flags) {
      this.#visible = { flags, visible: new VisibleFlags(flags, this.#options.canSee, this.#signer) };
    }
    return this.#visible.visible;
  }

  #evaluateOne(key: string, context: EvaluationContext, scope: OfrepScope): Response {
    const visible = this.#visibleFlags();
    const outcome = visible.outcome(key, context);
    if (outcome === undefined) {
      const errorDetails = `Flag ${JSON.stringify(key)} not found`;
      throw new Refusal(404, { key, errorCode: "FLAG_NOT_FOUND", errorDetails });
    }
    this.#record(key, context, outcome, scope);
    const status = isFailure(outcome) ? 400 : 200;
    return jsonResponse(visible.json(key, outcome), status, { "cache-control": "no-store" });
  }

  async #evaluateAll(
    call: Call,
    route: Route,
    caller: string,
    body: string,
    contextOf: () => Promise<EvaluationContext>,
  ): Promise<Response> {
    const now = this.#source.scheduler.now();
    const announced = call.url.searchParams.get("flagConfigEtag");
    const hasReached = announced === null || await this.#reach(announced);
    const visible = this.#visibleFlags();
    const day = this.#day();
    let etag = visible.knownEtag(body, day);
    if (etag === undefined) {
      etag = await visible.etag(await contextOf(), day);
      // Where the application decides about the context, equal bodies may have different ones.
      if (this.#options.context === undefined) visible.rememberEtag(body, day, etag);
    }
    const headers = { etag, "cache-control": "private, no-cache" };
    if (hasReached && hasTag(call.request, etag)) return new Response(null, { status: 304, headers });

    const context = await contextOf();
    const streams = this.#source.hasStreams
      ? `,"eventStreams":[${JSON.stringify(await this.#eventStream(call, route.prefix, caller, now))}]`
      : "";
    const answer = visible.answer(
      context,
      `"metadata":${JSON.stringify(visible.metadata)}${streams}`,
      (key, outcome) => this.#record(key, context, outcome, call.scope),
      // Each hour is recorded once, and most evaluations of it are known to have been.
      this.#options.track === "all" ? undefined : Math.floor(now / HOUR_MS),
    );
    return jsonResponse(answer, 200, headers);
  }

  /** Whether the flags that an event announced are here. Waits for them a while. */
  async #reach(tag: string): Promise<boolean> {
    await this.#rememberTag();
    if (this.#reached.has(tag)) return true;
    // Anybody may send any text, and the service must not be asked for it.
    if (!await isTag(tag, this.#signer)) return false;
    await withTimeout(this.#catchUp(tag), CATCH_UP_MS, this.#source.scheduler, () => {});
    return false;
  }

  /** Fetches the flags, at most once a second: within it, waits for the next time once. Never rejects. */
  async #catchUp(tag: string, mayWait = true): Promise<void> {
    const { scheduler } = this.#source;
    const wait = CATCH_UP_INTERVAL_MS - Math.abs(scheduler.now() - this.#caughtUpAt);
    if (wait > 0) {
      await this.#catchingUp;
      // The flags may have been fetched before the change that this tag announces.
      if (!mayWait || this.#reached.has(tag)) return;
      await new Promise<void>((resolve) => scheduler.after(wait, resolve));
      return await this.#catchUp(tag, false);
    }
    this.#caughtUpAt = scheduler.now();
    // What is served after a refresh is as new as any event before it, so one tag causes one refresh.
    const refreshed = this.#source.refresh().then(async () => {
      this.#remember(tag);
      await this.#rememberTag();
    }).catch(() => {});
    // On request-scoped runtimes requests share no promise (contract §6.1).
    if (this.#source.hasStreams) this.#catchingUp = refreshed;
    await refreshed;
  }

  /** Returns the tag of the flags now, and remembers it. */
  async #rememberTag(): Promise<string> {
    const tag = await this.#visibleFlags().tag();
    this.#remember(tag);
    return tag;
  }

  #remember(tag: string): void {
    this.#reached.delete(tag);
    this.#reached.add(tag);
    const [oldest] = this.#reached;
    if (this.#reached.size > MAX_KNOWN_TAGS) this.#reached.delete(oldest!);
  }

  async #eventStream(
    { request, url, origin }: Call,
    prefix: string,
    caller: string,
    now: number,
  ): Promise<object> {
    const token = await this.#tokens.issue(caller, origin, now);
    const scheme = request.headers.get("x-forwarded-proto") === "https" ? "https:" : url.protocol;
    const host = request.headers.get("host") ?? url.host;
    return {
      type: "sse",
      url: `${scheme}//${host}${prefix}${STREAM_PATH}?token=${token}`,
      inactivityDelaySec: 120,
    };
  }

  async #openStream({ request, url, origin }: Call): Promise<Response> {
    const token = url.searchParams.get("token") ?? "";
    const verified = await this.#tokens.verify(token, origin, this.#source.scheduler.now());
    if (verified === undefined || !await this.#access.isCaller(verified.caller)) {
      throw unauthorized("The token is not valid");
    }
    const tag = await this.#rememberTag();
    if (this.#streams.isFull) {
      throw new Refusal(503, problem("Too many open streams"), { "retry-after": "5" });
    }
    this.#stopWatching ??= this.#source.watch(() => void this.#notify(), () => this.close());
    const stream = this.#streams.open(tag, request.headers.get("last-event-id"), verified.expiresAt);
    return new Response(stream, {
      headers: {
        "content-type": "text/event-stream",
        // Deno compresses answers without this, and a compressed stream is held back (contract §1).
        "cache-control": "no-store, no-transform",
        "x-accel-buffering": "no",
      },
    });
  }

  async #notify(): Promise<void> {
    try {
      const tag = await this.#rememberTag();
      // A server tells each of many changes, and they are one set of flags.
      if (tag === this.#notified) return;
      this.#notified = tag;
      this.#streams.notify(tag);
    } catch {
      // Without flags there is nothing to fetch again.
    }
  }

  #record(key: string, context: EvaluationContext, outcome: Outcome, { waitUntil }: OfrepScope): void {
    const { track } = this.#options;
    if (track === "none" || outcome.variationKey === undefined) return;
    if (track === "all") return this.#source.record(key, context, outcome, waitUntil);
    const name = `${key} ${outcome.variationKey}`;
    const hour = Math.floor(this.#source.scheduler.now() / HOUR_MS);
    if (this.#recorded.get(name) === hour) return;
    if (this.#recorded.size >= MAX_RECORDED) this.#recorded.clear();
    this.#recorded.set(name, hour);
    this.#source.record(key, {}, outcome, waitUntil);
  }
}

/** Reads what a host passes beside the request. A Worker's bindings say nothing. */
function toScope(request: Request, host: object = {}): OfrepScope {
  const { waitUntil, host: outer } = host as { readonly waitUntil?: unknown; readonly host?: unknown };
  return {
    ...(typeof waitUntil === "function" && {
      waitUntil: (work: Promise<unknown>): void => waitUntil.call(host, work),
    }),
    address: addressOf(request, outer ?? host),
  };
}

/** Whether a caller has the answer with this tag already. A proxy that compresses makes a tag a weak one. */
function hasTag(request: Request, etag: string): boolean {
  const known = request.headers.get("if-none-match")?.split(",") ?? [];
  return known.some((tag) => tag.trim().replace(/^W\//, "") === etag);
}
