import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";

/** What stands for Vercel on the loopback: an Edge Config as its clients read it, and the REST API that writes it. */
export interface FakeVercel {
  /** Where both are. */
  readonly url: string;
  /** What `createClient` takes, of `@vercel/edge-config` and of `@vercel/global-config`. */
  readonly connectionString: string;
  /** What may write. */
  readonly token: string;
  /** The requests that came, such as `GET /ecfg_fake/item/featureflip?version=1`. */
  readonly requests: string[];
  readonly items: Map<string, unknown>;
  close(): Promise<void>;
}

const ID = "ecfg_fake";
const READ_TOKEN = "read-token";
const API_TOKEN = "api-token";

interface Operation {
  readonly operation: string;
  readonly key: string;
  readonly value: unknown;
}

/** Starts it; more than `limit` bytes it refuses, as a plan does. */
export async function startFakeVercel(limit: number = Infinity): Promise<FakeVercel> {
  const items = new Map<string, unknown>();
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "", "http://vercel");
    requests.push(`${request.method} ${request.url}`);
    const body = await textOf(request);
    const answer = (status: number, reply: unknown, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(
        JSON.stringify(reply),
      );
    };
    const fail = (status: number, code: string, message: string): void => {
      answer(status, { error: { code, message } });
    };
    const [, item] = /^\/ecfg_fake\/item\/([\w-]+)$/.exec(pathname) ?? [];
    if (request.method === "GET" && item !== undefined) {
      if (request.headers.authorization !== `Bearer ${READ_TOKEN}`) return answer(401, {});
      const headers = { "x-edge-config-digest": "a-digest" };
      return items.has(item) ? answer(200, items.get(item), headers) : answer(404, {}, headers);
    }
    if (request.method === "PATCH" && pathname === `/v1/edge-config/${ID}/items`) {
      if (request.headers.authorization !== `Bearer ${API_TOKEN}`) {
        return fail(403, "forbidden", "Not authorized");
      }
      const operations: Operation[] = JSON.parse(body).items;
      const changed = new Map(items);
      for (const { operation, key, value } of operations) {
        if (operation !== "upsert" || !/^[\w-]{1,256}$/.test(key)) {
          return fail(400, "bad_request", "Invalid item");
        }
        changed.set(key, value);
      }
      const size = new TextEncoder().encode(JSON.stringify(Object.fromEntries(changed))).length;
      if (size > limit) return fail(400, "bad_request", "The Edge Config is too large");
      for (const [key, value] of changed) items.set(key, value);
      return answer(200, { status: "ok" });
    }
    fail(404, "not_found", `There is no ${request.method} ${pathname}`);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  return {
    url,
    connectionString: `${url}/${ID}?token=${READ_TOKEN}`,
    token: API_TOKEN,
    requests,
    items,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  request.setEncoding("utf8");
  for await (const chunk of request) text += String(chunk);
  return text;
}
