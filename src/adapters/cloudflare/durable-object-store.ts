import type { ReleaseLock, SharedStore } from "../../shared-store/shared-store.ts";

/** As much of a Durable Object namespace as a store needs. */
export interface DurableObjectNamespaceLike<Id = unknown> {
  /** The id of a name. */
  idFromName(name: string): Id;
  /** The object of an id. */
  get(id: Id): { fetch(url: string, init?: RequestInit): Promise<Response> };
}

/** How a {@linkcode durableObjectStore} is told where. */
export interface DurableObjectStoreOptions {
  /** The name of the object; `"featureflip"` by default. */
  readonly name?: string;
}

/** What the object's paths begin with: nothing is requested from this host. */
const HOST = "https://featureflip-store";

/**
 * Keeps a snapshot in a Durable Object: one place for the whole world, which can lock. The namespace's class is
 * {@linkcode SnapshotObject}.
 *
 * @example
 * ```ts ignore
 * import { env, waitUntil } from "cloudflare:workers";
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { durableObjectStore, SnapshotObject } from "@featureflip/sdk/cloudflare";
 *
 * export { SnapshotObject };
 *
 * const store = durableObjectStore(env.SNAPSHOTS);
 * const client = new FeatureflipClient({ sdkKey: env.FEATUREFLIP_SDK_KEY, store, waitUntil });
 * ```
 */
export function durableObjectStore<Id>(
  namespace: DurableObjectNamespaceLike<Id>,
  { name = "featureflip" }: DurableObjectStoreOptions = {},
): SharedStore {
  async function send(method: string, path: string, body?: string): Promise<Response> {
    // A stub of its own for each call: one belongs to the request that made it (contract §6.1).
    const stub = namespace.get(namespace.idFromName(name));
    const response = await stub.fetch(HOST + path, { method, ...(body !== undefined && { body }) });
    if (response.ok || response.status === 404 || response.status === 409) return response;
    throw new Error(
      `The Durable Object answered ${response.status}: ${(await response.text()).slice(0, 100)}`,
    );
  }
  return {
    async get() {
      const response = await send("GET", "/snapshot");
      const text = await response.text();
      return response.status === 404 ? null : text;
    },
    async set(text) {
      await (await send("PUT", "/snapshot", text)).text();
    },
    async tryLock(ttl): Promise<ReleaseLock | null> {
      const response = await send("POST", `/lock?ttl=${ttl}`);
      const token = await response.text();
      if (response.status === 409) return null;
      return async () => {
        await (await send("DELETE", `/lock?token=${token}`)).text();
      };
    },
  };
}
