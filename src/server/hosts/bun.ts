import type { Listener, ListenOptions } from "./listen.ts";

/** What we use of `Bun`. */
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
    // Bun drops a stream that is silent for ten seconds; pings come every thirty.
    idleTimeout: 0,
    // In production Bun would share a taken port with whoever has it, in silence.
    reusePort: false,
  });
  return { port: server.port, close: () => server.stop(true) };
}
