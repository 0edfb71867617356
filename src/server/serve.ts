import { checkOptions, textRule, timeRule } from "../errors/check-option.ts";
import type { OptionRules } from "../errors/check-option.ts";
import { ConfigurationError } from "../errors/configuration-error.ts";
import { kindOf, quote } from "../errors/format.ts";
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
  /** The certificate, and those between it and the root, in PEM, for HTTPS; needs `key`. HTTP by default. */
  readonly cert?: string | undefined;
  /** The private key of `cert`, in PEM. */
  readonly key?: string | undefined;
}

/**
 * Options of {@linkcode EvaluationServer.close}.
 *
 * @example
 * ```ts
 * import { createEvaluationApi, serve } from "@featureflip/sdk/server";
 * import type { CloseServerOptions } from "@featureflip/sdk/server";
 *
 * const api = createEvaluationApi({ environment: { flags: [] }, sdkKeys: ["sdk-local"] });
 * const server = await serve(api, { port: 0 });
 * const options: CloseServerOptions = { drain: 100 };
 * await server.close(options);
 * await api.close();
 * ```
 */
export interface CloseServerOptions {
  /**
   * How long the open streams are ended one after another, in ms; 0 by default. Meanwhile `GET /ready` answers 503, and so do
   * new streams: clients reconnect to another server, a few at a time. For a relay behind a load balancer.
   */
  readonly drain?: number | undefined;
}

/** The options, checked, with defaults. */
interface Served extends ServeOptions {
  readonly port: number;
  readonly hostname: string;
  readonly allowRemote: boolean;
}

/** An Evaluation API or a relay, as {@linkcode serve} takes it. */
export interface Servable {
  /** Answers one request. The second argument is what the host knows of its connection. */
  readonly fetch: (request: Request, host?: object) => Promise<Response>;
  /** Ends all streams one after another, in `duration` ms; a relay has it. */
  drain?(duration: number): Promise<void>;
  /** Ends all streams and timers. */
  close(): void | Promise<void>;
}

/** A served Evaluation API or relay. Not for implementing: a minor version may add members. */
export interface EvaluationServer {
  /** The URL of the server: a client's `baseUrl`. */
  readonly url: string;
  /** Closes the API or relay (which sends its waiting events), then every connection and the port. */
  close(options?: CloseServerOptions): Promise<void>;
  /** Like {@linkcode close}: for `await using server = …`. */
  [Symbol.asyncDispose](): Promise<void>;
}

const CLOSE_RULES: OptionRules<{ readonly drain: number }> = { drain: timeRule(0, 0) };

const RULES: OptionRules<Served> = {
  port: [
    0,
    "a whole number from 0 to 65,535",
    (value) => Number.isInteger(value) && value as number >= 0 && value as number <= 65_535,
  ],
  hostname: ["127.0.0.1", "a host name or an address", (value) => typeof value === "string" && value !== ""],
  allowRemote: [false, "true or false", (value) => typeof value === "boolean"],
  cert: textRule(undefined),
  key: textRule(undefined),
};

/**
 * Serves a local Evaluation API or a relay on Node, Bun or Deno.
 *
 * @throws {ConfigurationError} when an option is wrong or unknown, and when the address is not a loopback address and `allowRemote` is not set.
 * @throws when the port is in use.
 * @example
 * ```ts
 * import { createEvaluationApi, serve } from "@featureflip/sdk/server";
 *
 * const api = createEvaluationApi({ sdkKeys: ["sdk-local"], environment: { flags: [] } });
 * const server = await serve(api, { hostname: "127.0.0.1", port: 0 });
 * console.log(server.url.startsWith("http://127.0.0.1:")); // true
 * await server.close();
 * ```
 */
export async function serve(api: Servable, options: ServeOptions = {}): Promise<EvaluationServer> {
  if (typeof api?.fetch !== "function" || typeof api.close !== "function") {
    throw new ConfigurationError(
      "api",
      `Cannot serve: 'api' must be an Evaluation API or a relay, but is ${kindOf(api)}`,
    );
  }
  const { port, hostname, allowRemote, cert, key } = checkOptions("serve", options, RULES);
  if (!allowRemote && !isLoopbackAddress(hostname)) {
    throw new ConfigurationError(
      "hostname",
      `Cannot serve: 'hostname' must be a loopback address unless 'allowRemote' is true, but is ${
        quote(hostname)
      }`,
    );
  }
  if ((cert === undefined) !== (key === undefined)) {
    const [given, missing] = cert === undefined ? ["key", "cert"] : ["cert", "key"];
    throw new ConfigurationError(missing!, `Cannot serve: '${missing}' is missing, which '${given}' needs`);
  }
  const tls = cert !== undefined && key !== undefined ? { cert, key } : undefined;
  const listener = await listen({ port, hostname, fetch: api.fetch, tls });
  let ended: Promise<void> | undefined;
  async function end(drain = 0): Promise<void> {
    try {
      if (drain > 0) await api.drain?.(drain);
    } finally {
      // First, and awaited: a closing relay still answers requests (with 503) and sends the events that it has accepted.
      await api.close();
      await listener.close();
    }
  }
  return {
    url: `${tls === undefined ? "http" : "https"}://${
      hostname.includes(":") ? `[${hostname}]` : hostname
    }:${listener.port}`,
    async close(options = {}) {
      let drain: number | undefined;
      try {
        ({ drain } = checkOptions("close server", options, CLOSE_RULES));
      } finally {
        // With wrong options too: this call, and no later one, reports them once all is closed.
        await (ended ??= end(drain));
      }
    },
    async [Symbol.asyncDispose]() {
      await (ended ??= end());
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
