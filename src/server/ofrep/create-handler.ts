import type { FeatureflipClientLike } from "../../client/client.ts";
import { isClient } from "../../client/internals.ts";
import type { AnyFlags } from "../../client/typed-flags.ts";
import { kindOfOption } from "../../errors/check-option.ts";
import { ConfigurationError } from "../../errors/configuration-error.ts";
import { clientSource } from "./flag-source.ts";
import { OfrepHandler } from "./handler.ts";
import type { OfrepScope } from "./handler.ts";
import { resolveOfrepOptions } from "./options.ts";
import type { OfrepOptions } from "./options.ts";

/**
 * Answers one request. `Deno.serve`, `Bun.serve`, a Worker and every framework with `Request` and `Response` can call it.
 *
 * @param scope What the host knows of the request: `waitUntil`, the caller's address. What hosts pass as the second argument
 * is understood where it fits (Deno's `info`, Bun's server, a Worker's execution context), and ignored elsewhere.
 */
export type OfrepRequestHandler = (request: Request, scope?: OfrepScope | object) => Promise<Response>;

/**
 * Creates an endpoint of OFREP over a client.
 *
 * It serves `POST /ofrep/v1/evaluate/flags/{key}` and `POST /ofrep/v1/evaluate/flags`, with `ETag`, and where the client has a
 * background the event stream that tells browsers to fetch again. The endpoint ends with its client: closing that ends its
 * streams.
 *
 * @param client A client, such as one of `forTesting`.
 * @param options Who may ask, and what they may see: see {@linkcode OfrepOptions}.
 * @throws {ConfigurationError} when `client` is not a client, an option is unknown or out of range, or nothing says who may ask.
 * @example
 * ```ts
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { createOfrepHandler } from "@featureflip/sdk/ofrep";
 *
 * const client = FeatureflipClient.forTesting({ "dark-mode": true });
 * const handler = createOfrepHandler(client, {
 *   clientKeys: ["client-web"],
 *   flags: (key) => key.startsWith("web-"),
 *   origins: ["https://www.example.com"],
 *   context: (request, sent) => ({ ...sent, country: request.headers.get("cf-ipcountry") }),
 * });
 * // Deno: Deno.serve(handler); Bun: Bun.serve({ fetch: handler }); Hono: app.all("/ofrep/*", (c) => handler(c.req.raw));
 * ```
 */
export function createOfrepHandler<Flags extends object = AnyFlags>(
  client: FeatureflipClientLike<Flags>,
  options: OfrepOptions,
): OfrepRequestHandler {
  if (!isClient(client)) {
    throw new ConfigurationError(
      "client",
      `Cannot create OFREP handler: 'client' must be a FeatureflipClient, but is ${kindOfOption(client)}`,
    );
  }
  const handler = new OfrepHandler(clientSource(client), resolveOfrepOptions(options));
  return (request, scope) => handler.handle(request, scope);
}
