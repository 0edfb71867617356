import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import process from "node:process";

/** The API that events go to, in a process of its own: it takes every one, counts, and says how many have come. */
export function serveApi(): void {
  let arrived = 0;
  const server = createServer(async (request, response) => {
    if (request.url === "/arrived") {
      response.end(String(arrived));
      return;
    }
    const body = await read(request);
    if (request.url === "/v1/sdk/events") {
      arrived += (JSON.parse(body) as { events: unknown[] }).events.length;
    }
    response.writeHead(202).end();
  });
  // A sample may hold its process up for longer than 5 s, and then find its connection closed.
  server.keepAliveTimeout = 600_000;
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    if (typeof address === "object" && address !== null) {
      console.log(`http://127.0.0.1:${address.port}`);
    }
  });
  // Whoever started it goes away: so does it.
  process.stdin.on("end", () => process.exit()).resume();
}

async function read(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) {
    body += chunk as string;
  }
  return body;
}
