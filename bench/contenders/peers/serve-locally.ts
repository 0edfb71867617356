import { createServer } from "node:http";

/** Answers every GET with what `answer` gives at that moment, as JSON; for SDKs that start from a service. */
export function serveLocally(answer: () => string): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    const isRead = request.method === "GET";
    response.writeHead(isRead ? 200 : 202, { "content-type": "application/json" });
    response.end(isRead ? answer() : "{}");
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (typeof address === "object" && address !== null) resolve(`http://127.0.0.1:${address.port}`);
    });
    server.unref();
  });
}
