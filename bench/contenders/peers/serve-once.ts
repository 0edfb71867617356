import { createServer } from "node:http";

/** A service on loopback for SDKs that start from one: it hands its text to the first who reads, and takes all posts. */
export function serveOnce(text: string): Promise<string> {
  // Who measures memory does not want to find it here.
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
