import type { SdkEvent } from "../../src/contract/wire.ts";
import { FakeBody, fakeResponse } from "./fake-response.ts";
import type { WireSnapshot } from "./wire.ts";

const JSON_HEADERS = { "content-type": "application/json" };

/** The Evaluation API in memory: it answers within microtasks, so a manual clock can drive it. */
export class FakeService {
  snapshot: WireSnapshot;
  /** Every request: `"GET /v1/sdk/flags"`. */
  readonly requests: string[] = [];
  /** The analytics events that have been received. */
  readonly events: SdkEvent[] = [];
  /** Says how a request is answered instead; `undefined` for as usual. */
  answer: (path: string) => Response | Promise<Response> | undefined = () => undefined;
  readonly #streams = new Set<FakeBody>();

  constructor(snapshot: WireSnapshot) {
    this.snapshot = snapshot;
  }

  /** How many streams are open. */
  get streams(): number {
    return this.#streams.size;
  }

  /** Sends an event to every open stream. */
  send(type: string, data: unknown): void {
    for (const stream of this.#streams) stream.write(frame(type, data));
  }

  /** Sends the snapshot to every open stream. */
  sync(snapshot: WireSnapshot): void {
    this.snapshot = snapshot;
    this.send("sync", snapshot);
  }

  /** Rejects the SDK key from now on. */
  rejectKey(): void {
    this.answer = () => fakeResponse(401, JSON_HEADERS, `{"error":"key revoked"}`);
  }

  readonly fetch = (async (input: unknown, init: RequestInit = {}): Promise<Response> => {
    const path = new URL(String(input)).pathname;
    this.requests.push(`${init.method} ${path}`);
    const answer = await this.answer(path);
    if (answer !== undefined) return answer;
    if (path.endsWith("/events")) {
      this.events.push(...(JSON.parse(String(init.body)) as { events: SdkEvent[] }).events);
      return fakeResponse(202, {}, "");
    }
    if (!path.endsWith("/stream")) {
      return fakeResponse(200, JSON_HEADERS, JSON.stringify(this.snapshot));
    }
    const body = new FakeBody();
    this.#streams.add(body);
    init.signal?.addEventListener("abort", () => {
      this.#streams.delete(body);
      body.break();
    });
    body.write(frame("sync", this.snapshot));
    return fakeResponse(200, { "content-type": "text/event-stream" }, body);
  }) as typeof fetch;
}

function frame(type: string, data: unknown): string {
  return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}
