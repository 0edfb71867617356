import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { Listener, ListenOptions } from "./listen.ts";

/** Listens on Node. */
export async function listenOnNode({ port, hostname, fetch }: ListenOptions): Promise<Listener> {
  // Otherwise the adapter replaces the global Request and Response with its own.
  const server = createServer(getRequestListener(fetch, { hostname, overrideGlobalObjects: false }));
  server.listen(port, hostname);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
