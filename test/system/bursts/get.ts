import { get as httpGet } from "node:http";

/** What ended by its client's own time-out. */
export class LateError extends Error {}

/**
 * One request on a connection of its own; rejects after `ms` whatever becomes of it. Its client then resets the
 * connection: workerd takes one that is merely closed for a client that still listens, and cancels nothing.
 */
export function get<T>(url: URL, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = httpGet(url, { agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => text += chunk);
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode === 200) resolve(JSON.parse(text) as T);
        else reject(new Error(`the Worker answered ${response.statusCode}: ${text.slice(0, 300)}`));
      });
    });
    const timer = setTimeout(() => {
      reject(new LateError(`no answer within ${(ms / 1000).toFixed(2)} s`));
      if (request.socket?.connecting === false) request.socket.resetAndDestroy();
      else request.destroy();
    }, ms);
    request.on("error", reject);
    request.on("close", () => clearTimeout(timer));
  });
}
