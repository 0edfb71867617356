import type { SdkEvent } from "../../src/contract/wire.ts";
import { RequestError } from "../../src/errors/request-error.ts";
import type { HttpFailure } from "../../src/errors/request-error.ts";
import type { HttpClient } from "../../src/http/http-client.ts";
import { FakeBody, fakeResponse } from "./fake-response.ts";
import type { ManualScheduler } from "./manual-scheduler.ts";
import type { WireFlag, WireSegment, WireSnapshot } from "./wire.ts";

/** How a call ends badly, or slowly. */
export type Fault =
  | "refuse"
  | "hang"
  | "401"
  | "403-html"
  | "429"
  | "429-retry-after"
  | "500"
  | "503-retry-after"
  | "503-retry-after-600"
  | "html"
  | "truncate"
  | "malformed"
  | "redirect"
  | "half-open"
  | "close-at-once"
  | "reset-mid-event"
  | "no-sync";

/** Every fault. */
export const FAULTS: readonly Fault[] = [
  "refuse",
  "hang",
  "401",
  "403-html",
  "429",
  "429-retry-after",
  "500",
  "503-retry-after",
  "html",
  "truncate",
  "malformed",
  "redirect",
  "half-open",
  "close-at-once",
  "reset-mid-event",
  "no-sync",
];

/** One request that came in. */
export interface ServiceRequest {
  /** ms since the start of the service's clock; 0 without one. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** The header `Last-Event-ID`. */
  readonly lastEventId: string | undefined;
  fault: Fault | undefined;
}

/** What happens to one request with events: they are taken, refused, taken without an answer, or kept waiting. */
export type EventsAnswer = "accept" | "hang" | "lost answer" | HttpFailure;

/** What a {@linkcode Service} starts from. */
export interface ServiceOptions {
  /** The clock for delays, pings and versions. Without it, everything happens within microtasks. */
  readonly scheduler?: ManualScheduler;
  /** What is served; no flags and a segment `s` by default. */
  readonly snapshot?: WireSnapshot;
}

type Signal = AbortSignal | null | undefined;

interface Connection {
  readonly body: FakeBody;
  /** Whether what is sent no longer arrives, which the other end can't tell. */
  dead: boolean;
  readonly synced: boolean;
  /** When the last event that was sent arrives: they keep their order. */
  arrivesAt: number;
}

const PING_MS = 30_000;

const JSON_HEADERS = { "content-type": "application/json" };

/**
 * The one double of the Evaluation API: flags, streams and events in memory, which every test reaches through the same
 * routes. {@linkcode Service.fetch} is its face where the clock is handed in; `ServiceSocket` puts it on a real socket.
 * Answers and faults are plugs: {@linkcode Service.answer}, {@linkcode Service.nextFault} and `posts.answer`.
 */
export class Service {
  readonly requests: ServiceRequest[] = [];
  readonly connections: Set<Connection> = new Set();
  /** What is posted to `/v1/sdk/events`. */
  readonly posts: EventPosts;
  /** Answers a request instead; `undefined` for as usual. */
  answer: (path: string) => Response | Promise<Response> | undefined = () => undefined;
  /** Decides how the next request fails; `undefined` for not at all. */
  nextFault: (path: string) => Fault | undefined = () => undefined;
  /** How long a request takes on its way there, and an answer on its way back, in ms. Needs a clock. */
  latency: () => number = () => 5;
  /** How long an event takes, in ms. Needs a clock. */
  streamLatency: () => number = () => 0;
  /** Called with each deletion that arrives. */
  onDeletionSent: (key: string) => void = () => {};
  /** Calls under way that open a stream. */
  dialling = 0;
  mostDialling = 0;
  /** Until when, in ms since the start, a 429 has asked for silence; requests that did not keep it. */
  quietUntil = 0;
  impolite = 0;
  #snapshot: WireSnapshot;
  #edits = 0;
  #segmentEdits = 0;
  readonly #scheduler: ManualScheduler | undefined;

  constructor({ scheduler, snapshot }: ServiceOptions = {}) {
    this.#scheduler = scheduler;
    this.#snapshot = snapshot ?? { environment: "model", version: 0, flags: [], segments: [segmentOf(0, 0)] };
    this.posts = new EventPosts(scheduler);
    const ping = (): void => {
      this.send("ping", { timestamp: "now" });
      scheduler?.after(PING_MS, ping);
    };
    scheduler?.after(PING_MS, ping);
  }

  get keys(): string[] {
    return this.#snapshot.flags.map(({ key }) => key);
  }

  /** Every request in short: `"GET /v1/sdk/flags"`. */
  get calls(): string[] {
    return this.requests.map(({ method, path }) => `${method} ${path}`);
  }

  /** The analytics events that have been received. */
  get events(): SdkEvent[] {
    return this.posts.received;
  }

  /** How many streams are open. */
  get streams(): number {
    return this.connections.size;
  }

  /** What is served. By a clock, its version is the second in which it is read. */
  get snapshot(): WireSnapshot {
    return this.#scheduler === undefined ? this.#snapshot : { ...this.#snapshot, version: this.#version() };
  }

  set snapshot(snapshot: WireSnapshot) {
    this.#snapshot = snapshot;
  }

  /** Serves another snapshot, and sends it to every open stream. */
  sync(snapshot: WireSnapshot): void {
    this.snapshot = snapshot;
    this.send("sync", snapshot);
  }

  /** Rejects the SDK key from now on. */
  rejectKey(): void {
    this.answer = () => this.#failure("401");
  }

  /** Changes or creates a flag; `names` what the event says of it. */
  edit(key: string, names: "whole" | "key"): void {
    const index = this.keys.indexOf(key);
    const flag: WireFlag = {
      key,
      version: this.#version(),
      type: "Number",
      enabled: true,
      variations: [{ key: "v", value: ++this.#edits }],
      fallthrough: { type: "Fixed", variation: "v" },
      offVariation: "v",
    };
    const flags = [...this.#snapshot.flags];
    flags[index === -1 ? flags.length : index] = flag;
    this.#snapshot = { ...this.#snapshot, flags };
    const type = index === -1 ? "flag.created" : "flag.updated";
    this.send(type, names === "whole" ? flag : { key, version: flag.version });
  }

  delete(key: string): void {
    const flags = this.#snapshot.flags.filter((flag) => flag.key !== key);
    if (flags.length === this.#snapshot.flags.length) return;
    this.#snapshot = { ...this.#snapshot, flags };
    this.#send("flag.deleted", { key, version: this.#version() }, () => this.onDeletionSent(key));
  }

  editSegment(names: "whole" | "key" = "key"): void {
    const segment = segmentOf(++this.#segmentEdits, this.#version());
    this.#snapshot = { ...this.#snapshot, segments: [segment] };
    this.send("segment.updated", names === "whole" ? segment : { key: "s", version: segment.version });
  }

  /** Sends any event to every live connection. */
  send(type: string, data: unknown): void {
    this.#send(type, data);
  }

  /** Breaks every connection: by a reset, or in silence. */
  disrupt(how: "reset" | "end" | "half-open"): void {
    for (const connection of this.connections) {
      if (how === "half-open") connection.dead = true;
      else if (how === "reset") connection.body.break();
      else connection.body.end();
    }
  }

  readonly fetch = (async (input: unknown, init: RequestInit = {}): Promise<Response> => {
    const path = new URL(String(input)).pathname;
    const { method = "GET", body, signal } = init;
    const fault = this.nextFault(path);
    const lastEventId = new Headers(init.headers).get("Last-Event-ID") ?? undefined;
    this.requests.push({ at: this.#elapsed, method, path, lastEventId, fault });
    if (this.#elapsed < this.quietUntil) this.impolite++;
    const isStream = path === "/v1/sdk/stream";
    if (isStream) this.mostDialling = Math.max(this.mostDialling, ++this.dialling);
    try {
      const scripted = await this.answer(path);
      if (scripted !== undefined) return scripted;
      await this.#travel(signal);
      if (fault === "refuse") {
        throw new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") });
      }
      if (fault === "hang") await abortion(signal);
      if (isStream) return this.#openStream(fault, signal);
      const answer = await this.#answer(path, fault, body, signal);
      await this.#travel(signal);
      return this.#failure(fault) ?? answer;
    } finally {
      if (isStream) this.dialling--;
    }
  }) as typeof fetch;

  #answer(
    path: string,
    fault: Fault | undefined,
    body: unknown,
    signal: Signal,
  ): Response | Promise<Response> {
    if (path === "/v1/sdk/events") {
      return fault === undefined ? this.posts.answerRequest(String(body), signal) : fakeResponse(202, {}, "");
    }
    const { flags } = this.#snapshot;
    const [, key] = path.split("/v1/sdk/flags/");
    const content = path === "/v1/sdk/flags"
      ? this.snapshot
      : flags.find((flag) => key !== undefined && flag.key === decodeURIComponent(key));
    if (content === undefined) return fakeResponse(404, JSON_HEADERS, `{"error":"not found"}`);
    return fakeResponse(200, JSON_HEADERS, this.#spoil(JSON.stringify(content), fault));
  }

  #openStream(fault: Fault | undefined, signal: Signal): Response {
    const failed = this.#failure(fault);
    if (failed !== undefined) return failed;
    const body = new FakeBody();
    const connection: Connection = {
      body,
      dead: fault === "half-open",
      synced: fault !== "no-sync",
      arrivesAt: 0,
    };
    signal?.addEventListener("abort", () => {
      for (const other of this.connections) if (other.body === body) this.connections.delete(other);
      body.break();
    });
    const sync = `event: sync\ndata: ${this.#spoilText(JSON.stringify(this.snapshot), fault)}\n\n`;
    if (fault === "close-at-once") body.end();
    else if (fault === "reset-mid-event") {
      body.write(sync.slice(0, sync.length / 2));
      body.break();
    } else {
      this.connections.add(connection);
      if (connection.synced) this.#deliver(connection, sync);
    }
    return fakeResponse(200, { "content-type": "text/event-stream" }, body);
  }

  #failure(fault: "401"): Response;
  #failure(fault: Fault | undefined): Response | undefined;
  #failure(fault: Fault | undefined): Response | undefined {
    const html = { "content-type": "text/html" };
    switch (fault) {
      case "401":
        return fakeResponse(401, JSON_HEADERS, `{"error":"key revoked"}`);
      case "403-html":
        return fakeResponse(403, html, "<h1>Forbidden</h1>");
      case "429":
        this.quietUntil = this.#elapsed + 30_000;
        return fakeResponse(429, {}, "");
      case "429-retry-after":
        this.quietUntil = this.#elapsed + 7000;
        return fakeResponse(429, { "retry-after": "7" }, "");
      case "500":
        return fakeResponse(500, {}, "");
      case "503-retry-after":
        return fakeResponse(503, { "retry-after": "3" }, `{"title":"down"}`);
      case "503-retry-after-600":
        return fakeResponse(503, { "retry-after": "600" }, "");
      case "html":
        return fakeResponse(200, html, "<h1>Log in</h1>");
      case "redirect":
        return fakeResponse(302, { location: "https://elsewhere.example/" }, "");
    }
    return undefined;
  }

  #spoil(text: string, fault: Fault | undefined): FakeBody {
    if (fault !== "truncate") return new FakeBody(this.#spoilText(text, fault));
    const body = new FakeBody();
    body.write(text.slice(0, text.length / 2));
    body.break();
    return body;
  }

  #spoilText(text: string, fault: Fault | undefined): string {
    return fault === "malformed"
      ? text.replace(`"enabled":true`, `"enabled":"yes"`).replace("[", "[7,")
      : text;
  }

  #send(type: string, data: unknown, onArrival?: () => void): void {
    const text = `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
    for (const connection of this.connections) this.#deliver(connection, text, onArrival);
  }

  #deliver(connection: Connection, text: string, onArrival?: () => void): void {
    const arrive = (): void => {
      if (connection.dead || !this.connections.has(connection)) return;
      connection.body.write(text);
      if (connection.synced) onArrival?.();
    };
    if (this.#scheduler === undefined) return arrive();
    const now = this.#elapsed;
    connection.arrivesAt = Math.max(connection.arrivesAt, now + this.streamLatency());
    this.#scheduler.after(connection.arrivesAt - now, arrive);
  }

  get #elapsed(): number {
    return this.#scheduler?.elapsed ?? 0;
  }

  #version(): number {
    return this.#scheduler === undefined
      ? (this.#snapshot.version ?? 0) + 1
      : Math.floor(this.#elapsed / 1000);
  }

  /** One way between client and service. */
  #travel(signal: Signal): Promise<void> | undefined {
    return this.#scheduler && sleep(this.#scheduler, this.latency(), signal);
  }
}

/** What is posted to `/v1/sdk/events`, over `fetch` or directly, with what comes of it. */
export class EventPosts implements Pick<HttpClient, "postEvents"> {
  /** Each request's events, in order, whatever came of it. */
  readonly requests: SdkEvent[][] = [];
  /** When each of them came, by the clock. */
  readonly times: number[] = [];
  /** The time-out of each request that came directly. */
  readonly timeouts: (number | undefined)[] = [];
  /** The events of accepted requests. */
  readonly received: SdkEvent[] = [];
  /** Decides on a request; accepts all by default. */
  answer: (events: readonly SdkEvent[]) => EventsAnswer = () => "accept";
  /** How long an answer takes, in ms. Needs a clock. */
  latency = 0;
  /** How many requests are under way, and the most there ever were. */
  open = 0;
  mostOpen = 0;
  readonly #scheduler: ManualScheduler | undefined;

  constructor(scheduler?: ManualScheduler) {
    this.#scheduler = scheduler;
  }

  /** The keys of the events of each request. */
  get keys(): string[][] {
    return this.requests.map((events) => events.map((event) => event.flagKey));
  }

  /** The keys of the events that were accepted. */
  get receivedKeys(): string[] {
    return this.received.map((event) => event.flagKey);
  }

  /** Takes the place of an `HttpClient`, for tests of what lies above it. */
  async postEvents(body: string, { timeout }: { readonly timeout?: number } = {}): Promise<void> {
    this.timeouts.push(timeout);
    const taken = this.#take(body, () => this.#wait(timeout ?? Number.POSITIVE_INFINITY));
    const answer = taken instanceof Promise ? await taken : taken;
    if (answer === "hang") throw new RequestError("The request timed out");
    if (answer === "lost answer") throw new RequestError("The connection was reset");
    if (answer !== "accept") throw new RequestError("The service said no", answer);
  }

  /** Answers a request over HTTP. */
  async answerRequest(body: string, signal: Signal): Promise<Response> {
    const answer = await this.#take(body, () => abortion(signal));
    if (answer === "accept") return fakeResponse(202, {}, "");
    if (typeof answer === "string") throw new TypeError("fetch failed", { cause: new Error(answer) });
    const { status = 500, retryAfter } = answer;
    return fakeResponse(
      status,
      retryAfter === undefined ? {} : { "retry-after": String(retryAfter / 1000) },
      "",
    );
  }

  /** Takes a request; resolves within no microtask where nothing has to be waited for, as tests of queues need it. */
  #take(body: string, hang: () => Promise<void>): EventsAnswer | Promise<EventsAnswer> {
    const { events } = JSON.parse(body) as { events: SdkEvent[] };
    this.requests.push(events);
    this.times.push(this.#scheduler?.now() ?? 0);
    this.mostOpen = Math.max(this.mostOpen, ++this.open);
    const answer = this.answer(events);
    const settle = (): EventsAnswer => {
      this.open--;
      if (answer === "accept" || answer === "lost answer") this.received.push(...events);
      return answer;
    };
    if (answer === "hang") return hang().finally(() => this.open--).then(() => answer);
    return this.latency > 0 ? this.#wait(this.latency).then(settle) : settle();
  }

  #wait(ms: number): Promise<void> {
    if (this.#scheduler === undefined) throw new Error("Waiting needs a clock");
    return sleep(this.#scheduler, ms);
  }
}

/** Rejects when a request is aborted. */
function abortion(signal: Signal): Promise<void> {
  return new Promise((_, reject) => {
    signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
  });
}

function sleep(scheduler: ManualScheduler, ms: number, signal?: Signal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = scheduler.after(ms, resolve);
    signal?.addEventListener("abort", () => {
      cancel();
      reject(new DOMException("aborted", "AbortError"));
    });
  });
}

function segmentOf(edits: number, version: number): WireSegment {
  const condition = { attribute: "a", operator: "In", values: [String(edits)], negate: false };
  return { key: "s", version, conditionLogic: "And", conditions: [condition] };
}
