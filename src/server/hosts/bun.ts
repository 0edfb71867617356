import type { Listener, ListenOptions } from "./listen.ts";

/** The part of `Bun` that is used. */
export interface BunHost {
  serve(options: ListenOptions & { readonly idleTimeout: number; readonly reusePort: boolean }): {
    readonly port: number;
    stop(closeActiveConnections: boolean): Promise<void>;
  };
}

/** Listens on Bun. */
export function listenOnBun(bun: BunHost, options: ListenOptions): Listener {
  const server = bun.serve({
    ...options,
    // Bun closes a connection that is silent for ten seconds; streams are pinged every thirty.
    idleTimeout: 0,
    // With NODE_ENV=production, Bun would silently share a port that is in use.
    reusePort: false,
  });
  return { port: server.port, close: () => server.stop(true) };
}
