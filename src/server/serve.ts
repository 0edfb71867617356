import { ConfigurationError } from "../errors/configuration-error.ts";
import { isLoopbackAddress } from "../http/loopback.ts";
import { listenOnBun } from "./hosts/bun.ts";
import type { BunHost } from "./hosts/bun.ts";
import { listenOnDeno } from "./hosts/deno.ts";
import type { DenoHost } from "./hosts/deno.ts";
import type { Listener, ListenOptions } from "./hosts/listen.ts";

/** Where {@linkcode serve} listens. */
export interface ServeOptions {
  /** The port; 0, a free one, by default. */
  readonly port?: number | undefined;
  /** The address; `"127.0.0.1"` by default. */
  readonly hostname?: string | undefined;
  /** Whether an address that other machines reach is meant; `false` by default. The API's `hosts` must name it too. */
  readonly allowRemote?: boolean | undefined;
}

/** What {@linkcode serve} serves: an Evaluation API or a relay. */
export interface Servable {
  /** Answers one request. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Ends all streams and whatever else outlives a request. */
  close(): void | Promise<void>;
}

/** A served Evaluation API or relay. */
export interface EvaluationServer {
  /** What a client takes as its `baseUrl`. */
  readonly url: string;
  /** Ends the API's streams (and sends the events of a relay), drops every connection and frees the port. */
  close(): Promise<void>;
}

/**
 * Serves a local Evaluation API or a relay on Node (with `@hono/node-server`), Bun or Deno.
 *
 * @throws {ConfigurationError} when the address is not this machine's own and `allowRemote` is not set.
 * @throws when the port is taken.
 * @example
 * ```ts
 * import { createEvaluationApi, serve } from "@featureflip/sdk/server";
 *
 * const api = createEvaluationApi({ sdkKey: "sdk-local", environment: { flags: [] } });
 * const server = await serve(api, { hostname: "127.0.0.1", port: 0 });
 * console.log(server.url.startsWith("http://127.0.0.1:")); // true
 * await server.close();
 * ```
 */
export async function serve(api: Servable, options: ServeOptions = {}): Promise<EvaluationServer> {
  const { port = 0, hostname = "127.0.0.1", allowRemote = false } = options;
  if (!allowRemote && !isLoopbackAddress(hostname)) {
    throw new ConfigurationError(
      "hostname",
      `Option 'hostname' must be a loopback address unless 'allowRemote' is true: everybody who reaches ` +
        `${JSON.stringify(hostname)} can ask this API`,
    );
  }
  const listener = await listen({ port, hostname, fetch: api.fetch });
  let closed: Promise<void> | undefined;
  async function close(): Promise<void> {
    // First, and awaited: whoever asks a closing relay is told so, and what it has answered for still leaves.
    await api.close();
    await listener.close();
  }
  return {
    url: `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${listener.port}`,
    close() {
      return closed ??= close();
    },
  };
}

async function listen(options: ListenOptions): Promise<Listener> {
  const { Bun, Deno } = globalThis as { readonly Bun?: BunHost; readonly Deno?: DenoHost };
  if (Deno?.serve !== undefined) return listenOnDeno(Deno, options);
  if (Bun?.serve !== undefined) return listenOnBun(Bun, options);
  // Not imported before: it takes Node's own modules, and a package that Bun and Deno do without.
  const { listenOnNode } = await import("./hosts/node.ts");
  return listenOnNode(options);
}
