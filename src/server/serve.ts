import { ConfigurationError } from "../errors/configuration-error.ts";
import { quote } from "../errors/format.ts";
import { isLoopbackAddress } from "../http/http-client.ts";
import { listenOnBun, listenOnDeno } from "./hosts/listen.ts";
import type { BunHost, DenoHost, Listener, ListenOptions } from "./hosts/listen.ts";

/** Options of {@linkcode serve}. */
export interface ServeOptions {
  /** The port; by default 0, which picks a free one. */
  readonly port?: number | undefined;
  /** The address; `"127.0.0.1"` by default. */
  readonly hostname?: string | undefined;
  /** Allows an address that other machines can reach; `false` by default. The API's `hosts` must name it too. */
  readonly allowRemote?: boolean | undefined;
}

/** An Evaluation API or a relay, as {@linkcode serve} takes it. */
export interface Servable {
  /** Answers one request. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Ends all streams and timers. */
  close(): void | Promise<void>;
}

/** A served Evaluation API or relay. */
export interface EvaluationServer {
  /** The URL of the server: a client's `baseUrl`. */
  readonly url: string;
  /** Closes the API or relay (which sends its waiting events), then every connection and the port. */
  close(): Promise<void>;
  /** Like {@linkcode close}: for `await using server = …`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Serves a local Evaluation API or a relay on Node, Bun or Deno.
 *
 * @throws {ConfigurationError} when the address is not a loopback address and `allowRemote` is not set.
 * @throws when the port is in use.
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
      `Cannot serve: 'hostname' must be a loopback address unless 'allowRemote' is true, but is ${
        quote(hostname)
      }`,
    );
  }
  const listener = await listen({ port, hostname, fetch: api.fetch });
  let closed: Promise<void> | undefined;
  async function close(): Promise<void> {
    // First, and awaited: a closing relay still answers requests (with 503) and sends the events that it has accepted.
    await api.close();
    await listener.close();
  }
  return {
    url: `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${listener.port}`,
    close() {
      return closed ??= close();
    },
    async [Symbol.asyncDispose]() {
      await (closed ??= close());
    },
  };
}

async function listen(options: ListenOptions): Promise<Listener> {
  const { Bun, Deno } = globalThis as { readonly Bun?: BunHost; readonly Deno?: DenoHost };
  if (Deno?.serve !== undefined) return listenOnDeno(Deno, options);
  if (Bun?.serve !== undefined) return listenOnBun(Bun, options);
  // Imported here: it needs Node's modules and a package that Bun and Deno do not use.
  const { listenOnNode } = await import("./hosts/node.ts");
  return listenOnNode(options);
}
