/** Options for listening on a host. */
export interface ListenOptions {
  readonly port: number;
  readonly hostname: string;
  readonly fetch: (request: Request) => Promise<Response>;
}

/** A server that listens. */
export interface Listener {
  readonly port: number;
  /** Closes every connection and the port. */
  close(): Promise<void>;
}

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

/** The part of `Deno` that is used. */
export interface DenoHost {
  serve(
    options: {
      readonly port: number;
      readonly hostname: string;
      readonly signal: AbortSignal;
      readonly onListen: () => void;
    },
    handler: ListenOptions["fetch"],
  ): { readonly addr: { readonly port: number }; readonly finished: Promise<void> };
}

/** Listens on Deno. */
export function listenOnDeno(
  deno: DenoHost,
  { port, hostname, fetch }: ListenOptions,
): Listener {
  const abort = new AbortController();
  const server = deno.serve({ port, hostname, signal: abort.signal, onListen() {} }, fetch);
  return {
    port: server.addr.port,
    // Aborted: a graceful shutdown would wait for open connections.
    close() {
      abort.abort();
      return server.finished;
    },
  };
}
