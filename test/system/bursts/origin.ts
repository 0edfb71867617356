import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { PACE } from "./slow-time.ts";

/** How the origin behaves. */
export type Mood = "well" | "slow" | "late" | "hanging" | "limiting" | "failing" | "dropping";

/** What arrived with one SDK key, or from one isolate that names itself in `x-isolate`. */
export interface Arrivals {
  /** Requests for flags. */
  fetches: number;
  /** Requests with events that were taken, and the evaluations in them. */
  eventRequests: number;
  evaluations: number;
}

/** An Evaluation API of one flag, `burst`, that can be made to misbehave. */
export interface MoodyOrigin {
  readonly url: string;
  mood: Mood;
  /** The flag's version. */
  version: number;
  arrivals(key: string): Arrivals;
  close(): void;
}

/** Starts it on the loopback. */
export async function startOrigin(): Promise<MoodyOrigin> {
  const arrivals = new Map<string, Arrivals>();
  const server = createServer((request, response) => {
    const { headers } = request;
    const arrived = origin.arrivals(String(headers["x-isolate"] ?? headers.authorization));
    if (request.url?.endsWith("/events")) {
      // One that is cancelled meanwhile is not taken.
      return void takeEvents(request, response, arrived).catch(() => {});
    }
    request.resume();
    arrived.fetches++;
    const isKnown = request.headers["if-none-match"] === `"${origin.version}"`;
    answer(
      origin.mood,
      response,
      () => isKnown ? response.writeHead(304).end() : sendFlags(response, origin.version),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin: MoodyOrigin = {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    mood: "well",
    version: 1,
    arrivals(key) {
      let arrived = arrivals.get(key);
      if (arrived === undefined) {
        arrivals.set(key, arrived = { fetches: 0, eventRequests: 0, evaluations: 0 });
      }
      return arrived;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };

  async function takeEvents(request: IncomingMessage, response: ServerResponse, arrived: Arrivals) {
    let body = "";
    request.setEncoding("utf8");
    for await (const chunk of request) body += String(chunk);
    // One that hangs would keep its events for longer than a burst takes.
    answer(origin.mood === "hanging" ? "slow" : origin.mood, response, () => {
      const { events } = JSON.parse(body) as { events: readonly unknown[] };
      arrived.eventRequests++;
      arrived.evaluations += events.length;
      response.writeHead(202).end();
    });
  }

  return origin;
}

function answer(mood: Mood, response: ServerResponse, well: () => unknown): void {
  switch (mood) {
    case "well":
      return void well();
    case "slow":
      return void setTimeout(well, (100 + Math.random() * 600) * PACE);
    case "late":
      return void setTimeout(well, 2000 * PACE);
    case "hanging":
      return;
    case "limiting":
      return void response.writeHead(429, { "retry-after": "5" }).end();
    case "failing":
      return void response.writeHead(500).end("no");
    case "dropping":
      return void (Math.random() < 0.5
        ? response.destroy()
        : setTimeout(() => response.destroy(), 50 * PACE));
  }
}

function sendFlags(response: ServerResponse, version: number): void {
  const flag = {
    key: "burst",
    version,
    type: "Number",
    enabled: true,
    variations: [{ key: "served", value: version }],
    rules: [],
    fallthrough: { type: "Fixed", variation: "served" },
    offVariation: "served",
    prerequisites: [],
  };
  response.writeHead(200, { "content-type": "application/json", "etag": `"${version}"` });
  response.end(JSON.stringify({ environment: "bursts", version, flags: [flag], segments: [] }));
}
