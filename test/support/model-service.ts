import { FakeBody, fakeResponse } from "./fake-response.ts";
import type { ManualScheduler } from "./manual-scheduler.ts";
import type { WireFlag, WireSnapshot } from "./wire.ts";

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
  /** ms since the start. */
  readonly at: number;
  readonly path: string;
  /** The header `Last-Event-ID`. */
  readonly lastEventId: string | undefined;
  fault: Fault | undefined;
}

interface Connection {
  readonly body: FakeBody;
  /** Whether what is sent no longer arrives, which the other end can't tell. */
  dead: boolean;
  readonly synced: boolean;
  /** When the last event that was sent arrives: they keep their order. */
  arrivesAt: number;
}

const PING_MS = 30_000;

/** An Evaluation API in memory, on a manual clock, that can be told to fail in every way. */
export class ModelService {
  readonly requests: ServiceRequest[] = [];
  readonly connections: Set<Connection> = new Set();
  /** Says how the next request fails; `undefined` for not at all. */
  nextFault: (path: string) => Fault | undefined = () => undefined;
  /** How long a request takes on its way there, and an answer on its way back, in ms. */
  latency: () => number = () => 5;
  /** How long an event takes, in ms. */
  streamLatency: () => number = () => 0;
  /** Told of each deletion that arrives. */
  onDeletionSent: (key: string) => void = () => {};
  /** Calls under way that open a stream. */
  dialling = 0;
  mostDialling = 0;
  /** Until when, in ms since the start, a 429 has asked for silence; requests that did not keep it. */
  quietUntil = 0;
  impolite = 0;
  #flags = new Map<string, WireFlag>();
  #edits = 0;
  #segment = { edits: 0, version: 0 };
  readonly #scheduler: ManualScheduler;

  constructor(scheduler: ManualScheduler) {
    this.#scheduler = scheduler;
    const ping = (): void => {
      this.#send("ping", { timestamp: "now" });
      scheduler.after(PING_MS, ping);
    };
    scheduler.after(PING_MS, ping);
  }

  get keys(): string[] {
    return [...this.#flags.keys()];
  }

  get snapshot(): WireSnapshot {
    return {
      environment: "model",
      version: this.#second(),
      flags: [...this.#flags.values()],
      segments: [{
        key: "s",
        version: this.#segment.version,
        conditionLogic: "And",
        conditions: [{
          attribute: "a",
          operator: "In",
          values: [String(this.#segment.edits)],
          negate: false,
        }],
      }],
    };
  }

  /** Changes or creates a flag; `names` what the event says of it. */
  edit(key: string, names: "whole" | "key"): void {
    const type = this.#flags.has(key) ? "flag.updated" : "flag.created";
    const flag: WireFlag = {
      key,
      version: this.#second(),
      type: "Number",
      enabled: true,
      variations: [{ key: "v", value: ++this.#edits }],
      fallthrough: { type: "Fixed", variation: "v" },
      offVariation: "v",
    };
    this.#flags.set(key, flag);
    this.#send(type, names === "whole" ? flag : { key, version: flag.version });
  }

  delete(key: string): void {
    if (!this.#flags.delete(key)) return;
    this.#send("flag.deleted", { key, version: this.#second() }, () => this.onDeletionSent(key));
  }

  editSegment(names: "whole" | "key" = "key"): void {
    this.#segment = { edits: this.#segment.edits + 1, version: this.#second() };
    const [segment] = this.snapshot.segments;
    this.#send("segment.updated", names === "whole" ? segment : { key: "s", version: this.#segment.version });
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

  readonly fetch = async (input: unknown, init?: RequestInit): Promise<Response> => {
    const path = new URL(String(input)).pathname;
    const fault = this.nextFault(path);
    const headers = init?.headers as Readonly<Record<string, string>> | undefined;
    this.requests.push({ at: this.#scheduler.elapsed, path, lastEventId: headers?.["Last-Event-ID"], fault });
    if (this.#scheduler.elapsed < this.quietUntil) this.impolite++;
    const isStream = path.endsWith("/stream");
    if (isStream) this.mostDialling = Math.max(this.mostDialling, ++this.dialling);
    try {
      await this.#sleep(this.latency(), init?.signal);
      if (fault === "refuse") {
        throw new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") });
      }
      if (fault === "hang") await this.#sleep(10 ** 9, init?.signal);
      if (isStream) return this.#openStream(fault, init?.signal);
      const answer = this.#answer(path, fault);
      await this.#sleep(this.latency(), init?.signal);
      return this.#failure(fault) ?? answer;
    } finally {
      if (isStream) this.dialling--;
    }
  };

  #answer(path: string, fault: Fault | undefined): Response {
    const json = { "content-type": "application/json" };
    const key = path.split("/flags/")[1];
    if (key === undefined) return fakeResponse(200, json, this.#spoil(JSON.stringify(this.snapshot), fault));
    const flag = this.#flags.get(decodeURIComponent(key));
    if (flag === undefined) return fakeResponse(404, json, `{"error":"unknown flag"}`);
    return fakeResponse(200, json, this.#spoil(JSON.stringify(flag), fault));
  }

  #openStream(fault: Fault | undefined, signal: AbortSignal | null | undefined): Response {
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

  #failure(fault: Fault | undefined): Response | undefined {
    const html = { "content-type": "text/html" };
    switch (fault) {
      case "401":
        return fakeResponse(401, { "content-type": "application/json" }, `{"error":"key revoked"}`);
      case "403-html":
        return fakeResponse(403, html, "<h1>Forbidden</h1>");
      case "429":
        this.quietUntil = this.#scheduler.elapsed + 30_000;
        return fakeResponse(429, {}, "");
      case "429-retry-after":
        this.quietUntil = this.#scheduler.elapsed + 7000;
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
    const now = this.#scheduler.elapsed;
    connection.arrivesAt = Math.max(connection.arrivesAt, now + this.streamLatency());
    this.#scheduler.after(connection.arrivesAt - now, () => {
      if (connection.dead || !this.connections.has(connection)) return;
      connection.body.write(text);
      if (connection.synced) onArrival?.();
    });
  }

  #second(): number {
    return Math.floor(this.#scheduler.elapsed / 1000);
  }

  #sleep(ms: number, signal: AbortSignal | null | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.#scheduler.after(ms, resolve);
      signal?.addEventListener("abort", () => {
        cancel();
        reject(new DOMException("aborted", "AbortError"));
      });
    });
  }
}
