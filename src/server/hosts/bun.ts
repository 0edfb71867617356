import type { Listener, ListenOptions } from "./listen.ts";

/** What we use of `Bun`. */
export interface BunHost {
  serve(options: ListenOptions & { readonly idleTimeout: number; readonly development: boolean }): {
    readonly port: number;
    stop(closeActiveConnections: boolean): Promise<void>;
  };
}

/** Listens on Bun. */
export function listenOnBun(bun: BunHost, options: ListenOptions): Listener {
  // Bun drops a stream that is silent for ten seconds; pings come every thirty.
  const server = bun.serve({ ...options, idleTimeout: 0, development: false });
  return { port: server.port, close: () => server.stop(true) };
}
