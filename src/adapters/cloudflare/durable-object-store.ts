import { checkOptions } from "../../errors/check-option.ts";
import { ConfigurationError } from "../../errors/configuration-error.ts";
import { kindOf } from "../../errors/format.ts";
import type { ReleaseLock, SnapshotStore } from "../../shared-store/shared-store.ts";
import { PREFIX, sharedStore } from "../stores/shared-store.ts";
import { bodyOf, PARTIAL, TAG_HEADER } from "./snapshot-object.ts";

/** The part of a Durable Object namespace that a store needs. */
export interface DurableObjectNamespaceLike<Id = unknown> {
  /** The id of a name. */
  idFromName(name: string): Id;
  /** The object of an id. */
  get(id: Id): { fetch(url: string, init?: RequestInit): Promise<Response> };
}

/** Options of {@linkcode durableObjectStore}. */
export interface DurableObjectStoreOptions {
  /** The name of the object that keeps the snapshots; `"featureflip:"` by default. */
  readonly prefix?: string | undefined;
}

/** A body that the object holds, and its name for it. */
interface KnownBody {
  readonly name: string;
  readonly tag: string;
  readonly body: string;
}

/** The host in the URLs for the object. It is never requested. */
const HOST = "https://featureflip-store";

/**
 * Keeps snapshots in a Durable Object: one place for the whole world, which can lock. The namespace's class is
 * {@linkcode SnapshotObject}. A snapshot that has only been confirmed travels as its first line, not as a whole.
 *
 * @throws {ConfigurationError} when the binding is missing, or an option is wrong or unknown.
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
  options: DurableObjectStoreOptions = {},
): SnapshotStore {
  if (typeof namespace?.idFromName !== "function" || typeof namespace.get !== "function") {
    throw new ConfigurationError(
      "namespace",
      `Cannot use durableObjectStore(): 'namespace' must be a Durable Object namespace, but is ${
        kindOf(namespace)
      }: ` +
        "is the binding in wrangler's configuration?",
    );
  }
  const { prefix } = checkOptions("use durableObjectStore()", options, { prefix: PREFIX });
  /** Plain data: requests may share it (contract §6.1). */
  let known: KnownBody | undefined;
  function remember(name: string, text: string, { headers }: Response): void {
    const tag = headers.get(TAG_HEADER);
    known = tag === null ? undefined : { name, tag, body: bodyOf(text) };
  }
  async function send(
    method: string,
    path: string,
    query: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<Response> {
    // One stub per call: a stub belongs to the request that made it (contract §6.1).
    const stub = namespace.get(namespace.idFromName(prefix));
    const response = await stub.fetch(`${HOST}${path}?${new URLSearchParams(query)}`, {
      method,
      ...(body !== undefined && { body }),
    });
    if (response.ok || response.status === 404 || response.status === 409) return response;
    throw new Error(
      `Durable Object answered ${response.status}: ${(await response.text()).slice(0, 100)}`,
    );
  }
  return sharedStore({
    async get(name) {
      const held = known?.name === name ? known : undefined;
      const response = await send("GET", "/snapshot", { name, ...(held && { tag: held.tag }) });
      const text = await response.text();
      if (response.status === 404) return null;
      if (held !== undefined && response.status === PARTIAL) return text + held.body;
      remember(name, text, response);
      return text;
    },
    async set(name, text) {
      const held = known;
      known = undefined; // a write that fails leaves it open what the object holds
      const body = bodyOf(text);
      if (held?.name === name && held.body === body) {
        const line = text.slice(0, text.length - body.length);
        const response = await send("PUT", "/line", { name, tag: held.tag }, line);
        await response.text();
        if (response.ok) return void (known = held);
      }
      const response = await send("PUT", "/snapshot", { name }, text);
      await response.text();
      remember(name, text, response);
    },
    async tryLock(name, ttl): Promise<ReleaseLock | null> {
      const response = await send("POST", "/lock", { name, ttl: String(ttl) });
      const token = await response.text();
      if (response.status === 409) return null;
      return async () => {
        await (await send("DELETE", "/lock", { name, token })).text();
      };
    },
  });
}
