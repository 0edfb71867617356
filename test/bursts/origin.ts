import { once } from "node:events";
import { createServer } from "node:http";
import type { ServerResponse } from "node:http";

/** How the origin behaves. */
export type Mood = "well" | "slow" | "hanging" | "failing" | "dropping";

/** An Evaluation API of one flag, `burst`, that can be told to misbehave. */
export interface MoodyOrigin {
  readonly url: string;
  mood: Mood;
  /** Requests for flags, by SDK key. */
  readonly fetches: Map<string, number>;
  close(): void;
}

const SNAPSHOT = JSON.stringify({
  environment: "bursts",
  version: 1,
  flags: [{
    key: "burst",
    version: 1,
    type: "String",
    enabled: true,
    variations: [{ key: "served", value: "served" }],
    rules: [],
    fallthrough: { type: "Fixed", variation: "served" },
    offVariation: "served",
    prerequisites: [],
  }],
  segments: [],
});

/** Starts it on the loopback. */
export async function startOrigin(): Promise<MoodyOrigin> {
  const fetches = new Map<string, number>();
  const server = createServer((request, response) => {
    request.resume();
    if (request.url?.endsWith("/events")) return void response.writeHead(202).end();
    const key = request.headers.authorization ?? "";
    fetches.set(key, (fetches.get(key) ?? 0) + 1);
    answer(origin.mood, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin: MoodyOrigin = {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    mood: "well",
    fetches,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return origin;
}

function answer(mood: Mood, response: ServerResponse): void {
  const well = (): void => {
    response.writeHead(200, { "content-type": "application/json", "etag": `"1"` }).end(SNAPSHOT);
  };
  switch (mood) {
    case "well":
      return well();
    case "slow":
      return void setTimeout(well, 100 + Math.random() * 600);
    case "hanging":
      return;
    case "failing":
      return void response.writeHead(500).end("no");
    case "dropping":
      return void (Math.random() < 0.5 ? response.destroy() : setTimeout(() => response.destroy(), 50));
  }
}
