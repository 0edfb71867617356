import type { Listener, ListenOptions } from "./listen.ts";

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
