import type { FeatureflipClient } from "./client.ts";
import type { Handle } from "./handle.ts";

/** Registered, since built entries each have a copy of this module. */
const HANDLE = Symbol.for("@featureflip/sdk/handle/1");

/** Lets {@linkcode clientHandle} find the handle behind a client. */
export function bindHandle(client: FeatureflipClient, handle: Handle): void {
  Object.defineProperty(client, HANDLE, { value: handle });
}

/** The handle behind a client: how an adapter brings along what belongs to one request. `mod.ts` does not export it. */
export function clientHandle(client: FeatureflipClient): Handle {
  return (client as { readonly [HANDLE]?: Handle })[HANDLE]!;
}
