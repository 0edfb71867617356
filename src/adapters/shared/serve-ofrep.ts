import type { FeatureflipClientLike } from "../../client/client.ts";
import { createClient } from "../../client/create-client.ts";
import type { FeatureflipOptions } from "../../client/options.ts";
import type { AnyFlags } from "../../client/typed-flags.ts";
import { checkIsOptions } from "../../errors/check-option.ts";
import { ConfigurationError } from "../../errors/configuration-error.ts";
import { kindOf } from "../../errors/format.ts";
import { detectRuntime } from "../../runtime/detect-runtime.ts";
import type { createOfrepHandler, OfrepRequestHandler } from "../../server/ofrep/create-handler.ts";
import type { OfrepOptions } from "../../server/ofrep/options.ts";
import { checkClientChoice, createClientPool, PER_REQUEST } from "./client-pool.ts";
import type { HostRequest, RequestOptions } from "./with-request-flags.ts";

const ACTION = "create OFREP handler";

/** The function `createOfrepHandler` of `@featureflip/sdk/ofrep`. */
export type CreateOfrepHandler = typeof createOfrepHandler;

/** Options of a route that serves OFREP: those of the endpoint, and the client or its options. */
export type OfrepRouteOptions<Args extends readonly unknown[], Flags extends object = AnyFlags> =
  & OfrepOptions
  & Pick<RequestOptions<Args, Flags>, "client" | "clientOptions">;

/** A request, and what its host knows of it. */
interface OfrepRequest extends HostRequest {
  readonly request: Request;
  /** What the host passes beside the request; it may tell the caller's address. */
  readonly host?: unknown;
}

/**
 * Returns the function that serves the requests of a route: each with the handler of its client.
 *
 * @throws {ConfigurationError} when an option is unknown or out of range, nothing says who may ask, or both `client` and
 * `clientOptions` are given.
 */
export function serveOfrep<Args extends readonly unknown[], Flags extends object>(
  create: CreateOfrepHandler,
  choice: OfrepRouteOptions<Args, Flags>,
): (host: OfrepRequest, args: Args) => Promise<Response> {
  checkIsOptions(ACTION, choice);
  if (typeof create !== "function") {
    const problem = `'create' must be createOfrepHandler of @featureflip/sdk/ofrep, but is ${kindOf(create)}`;
    throw new ConfigurationError("create", `Cannot ${ACTION}: ${problem}`);
  }
  const { client, clientOptions, ...options } = choice;
  checkClientChoice(ACTION, { client, clientOptions }, { clientOptions: PER_REQUEST });
  const clientFor = createClientPool();
  const handlers = new WeakMap<object, OfrepRequestHandler>();
  const handlerOf = (client: FeatureflipClientLike): OfrepRequestHandler => {
    let handler = handlers.get(client);
    if (handler === undefined) handlers.set(client, handler = create(client, options));
    return handler;
  };
  const own = client as FeatureflipClientLike | undefined;
  // Options are checked here, where the mistake is visible: the client of bindings is made within a request.
  handlerOf(own ?? createClient({ mode: "offline" }, detectRuntime()));

  return ({ request, bindings, host, waitUntil }, args) => {
    const chosen = (): FeatureflipOptions =>
      typeof clientOptions === "function" ? clientOptions(...args) : clientOptions ?? {};
    return handlerOf(own ?? clientFor(bindings, chosen))(request, { waitUntil, host });
  };
}
