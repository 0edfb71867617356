import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import process from "node:process";

/** The API that receives events, in a separate process: it accepts and counts them and reports the number. */
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
  // A sample may block its process for longer than 5 s; by default the server would close its connection then.
  server.keepAliveTimeout = 600_000;
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    if (typeof address === "object" && address !== null) {
      console.log(`http://127.0.0.1:${address.port}`);
    }
  });
  // End together with the parent process.
  process.stdin.on("end", () => process.exit()).resume();
}

async function read(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) {
    body += chunk as string;
  }
  return body;
}
