import { BODY_TIMEOUT_MS } from "../../contract/limits.ts";

/** A certificate and its private key, in PEM. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
}

/** Options for listening on a host. */
export interface ListenOptions {
  readonly port: number;
  readonly hostname: string;
  /** Answers a request; what the host knows of the connection, such as the caller's address, is the second argument. */
  readonly fetch: (request: Request, host?: object) => Promise<Response>;
  /** Serves HTTPS with these; HTTP by default. */
  readonly tls?: Tls | undefined;
}

/** A server that listens. */
export interface Listener {
  readonly port: number;
  /** Closes every connection and the port. */
  close(): Promise<void>;
}

/** The part of `Bun` that is used. */
export interface BunHost {
  serve(options: {
    readonly port: number;
    readonly hostname: string;
    readonly fetch: (request: Request, server: BunServer) => Promise<Response>;
    readonly idleTimeout: number;
    readonly reusePort: boolean;
    readonly tls?: Tls;
  }): BunServer;
}

/** A server of Bun. */
export interface BunServer {
  readonly port: number;
  /** Sets how long the connection of a request may be idle, in seconds; 0 for any time. */
  timeout(request: Request, seconds: number): void;
  stop(closeActiveConnections: boolean): Promise<void>;
}

/** Listens on Bun. */
export function listenOnBun(bun: BunHost, { port, hostname, fetch, tls }: ListenOptions): Listener {
  const server = bun.serve({
    port,
    hostname,
    async fetch(request, server) {
      const response = await fetch(toAbsolute(request), server);
      // A stream may be silent between two pings.
      if (isStream(response)) server.timeout(request, 0);
      return response;
    },
    // A body's own time limit is as long, and answers with problem details.
    idleTimeout: BODY_TIMEOUT_MS / 1_000 + 5,
    // With NODE_ENV=production, Bun would silently share a port that is in use.
    reusePort: false,
    ...(tls !== undefined && { tls }),
  });
  return { port: server.port, close: () => server.stop(true) };
}

/** Without a host in the `Host` header, as in health checks over HTTP/1.0, Bun gives the path alone. */
function toAbsolute(request: Request): Request {
  return request.url.startsWith("/") ? new Request(`http://localhost${request.url}`, request) : request;
}

function isStream(response: Response): boolean {
  return response.headers.get("content-type")?.startsWith("text/event-stream") === true;
}

/** The part of `Deno` that is used. */
export interface DenoHost {
  serve(
    options: {
      readonly port: number;
      readonly hostname: string;
      readonly signal: AbortSignal;
      readonly onListen: () => void;
      readonly onError: (error: unknown) => Response;
      readonly cert?: string;
      readonly key?: string;
    },
    handler: (request: Request, info: object) => Promise<Response>,
  ): { readonly addr: { readonly port: number }; readonly finished: Promise<void> };
}

/** A stream that was cut off has no reason; Deno would print it. */
function onError(error: unknown): Response {
  if (error !== undefined) console.error(error);
  return new Response(null, { status: 500 });
}

/** Listens on Deno. */
export function listenOnDeno(deno: DenoHost, { port, hostname, fetch, tls }: ListenOptions): Listener {
  const abort = new AbortController();
  const options = { port, hostname, signal: abort.signal, onListen() {}, onError, ...tls };
  const server = deno.serve(options, fetch);
  return {
    port: server.addr.port,
    // Aborted: a graceful shutdown would wait for open connections.
    close() {
      abort.abort();
      return server.finished;
    },
  };
}
