import { createServer } from "node:http";

/** A service on loopback for SDKs that need one: it serves its text to the first reader and accepts all posts. */
export function serveOnce(text: string): Promise<string> {
  // Releases the text, so that it does not count in memory measurements.
  let answer = text;
  const server = createServer((request, response) => {
    request.resume();
    const isRead = request.method === "GET";
    response.writeHead(isRead ? 200 : 202, { "content-type": "application/json" });
    response.end(isRead ? answer : "{}");
    if (isRead) answer = "";
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (typeof address === "object" && address !== null) resolve(`http://127.0.0.1:${address.port}`);
    });
    server.unref();
  });
}
