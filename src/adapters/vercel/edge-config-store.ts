import type { SharedStore } from "../../shared-store/shared-store.ts";

/** As much of a client of `@vercel/edge-config` or `@vercel/global-config` as a store needs. */
export interface EdgeConfigLike {
  /** Reads an item. */
  get(key: string): Promise<unknown>;
  /** What the client was made with. */
  readonly connection?: { readonly id: string } | undefined;
}

/** How an {@linkcode edgeConfigStore} is told where. */
export interface EdgeConfigStoreOptions {
  /** The name of the item, of letters, digits, `_` and `-`; `"featureflip"` by default. */
  readonly key?: string;
  /** How the item is written, for the one who refreshes it; without it the store is only read. */
  readonly write?: EdgeConfigWriteOptions;
}

/** How an {@linkcode edgeConfigStore} writes: a client only reads, and Vercel's REST API does the rest. */
export interface EdgeConfigWriteOptions {
  /** An access token of Vercel's, not the Edge Config's own: that one only reads. */
  readonly token: string;
  /** The team the Edge Config belongs to, if it belongs to one. */
  readonly teamId?: string | undefined;
  /** The Edge Config's id; the client's own by default. */
  readonly id?: string | undefined;
  /**
   * How many bytes the Edge Config holds; 512 KiB by default. It depends on the plan (8 KB on Hobby, 64 on Pro, 512 on
   * Enterprise), and Vercel refuses more than that anyway.
   */
  readonly limit?: number | undefined;
  /** Where Vercel's REST API is; `"https://api.vercel.com"` by default. */
  readonly url?: string | undefined;
  /** The `fetch` to use; the runtime's by default. */
  readonly fetch?: typeof fetch | undefined;
}

/** What Vercel's largest plan has. */
const LIMIT = 512 * 1024;

const PLANS = "8 KB fit on Hobby, 64 on Pro, 512 on Enterprise";

/**
 * Keeps a snapshot in a Vercel Edge Config, which Vercel calls Global Config by now: near everywhere, quick to read, and
 * small. It can't lock, and its client only reads: let a Cron write (`await client.refresh()` of a client whose store has
 * `write`), at least every 5 minutes; then no request ever asks the service (contract §8). Vercel counts writes.
 *
 * @param client Made by the `createClient` of `@vercel/edge-config` or `@vercel/global-config`; or `{ get }` of either, which
 * suffices to read.
 * @param options The item's name, and how it is written.
 * @example
 * ```ts ignore
 * import { get } from "@vercel/edge-config"; // reads the Edge Config that EDGE_CONFIG names
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { edgeConfigStore } from "@featureflip/sdk/vercel";
 *
 * const client = new FeatureflipClient({ store: edgeConfigStore({ get }) });
 * ```
 *
 * @example A function that a Vercel Cron calls every 4 minutes
 * ```ts ignore
 * import process from "node:process";
 * import { createClient } from "@vercel/edge-config";
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { edgeConfigStore } from "@featureflip/sdk/vercel";
 *
 * const write = { token: process.env.VERCEL_TOKEN, teamId: process.env.VERCEL_TEAM_ID };
 * const store = edgeConfigStore(createClient(process.env.EDGE_CONFIG), { write });
 * const client = new FeatureflipClient({ mode: "manual", store });
 *
 * export async function GET(request: Request): Promise<Response> {
 *   const secret = process.env.CRON_SECRET;
 *   const isCron = secret && request.headers.get("authorization") === `Bearer ${secret}`;
 *   if (!isCron) return new Response(null, { status: 401 });
 *   await client.refresh();
 *   // Too large, say: thrown, it shows in Vercel's log.
 *   if (client.status.storeError !== undefined) throw client.status.storeError;
 *   return new Response(null, { status: 204 });
 * }
 * ```
 */
export function edgeConfigStore(
  client: EdgeConfigLike,
  { key = "featureflip", write }: EdgeConfigStoreOptions = {},
): SharedStore {
  return {
    async get() {
      const item = await client.get(key);
      if (item === undefined || item === null) return null;
      if (typeof item === "string") return item;
      throw new TypeError(`The item ${JSON.stringify(key)} is no text: something else has written it`);
    },
    ...(write !== undefined && { set: (text) => writeItem(client, key, text, write) }),
  };
}

async function writeItem(
  client: EdgeConfigLike,
  key: string,
  text: string,
  { token, teamId, limit = LIMIT, url = "https://api.vercel.com", ...options }: EdgeConfigWriteOptions,
): Promise<void> {
  const id = options.id ?? client.connection?.id;
  if (id === undefined) throw new TypeError("The client does not tell its Edge Config's id: pass 'write.id'");
  const item = JSON.stringify({ operation: "upsert", key, value: text });
  const size = new TextEncoder().encode(JSON.stringify({ [key]: text })).length;
  if (size > limit) {
    throw new RangeError(
      `The snapshot takes ${size} bytes, and the Edge Config holds ${limit} (${PLANS}): ` +
        "remove old flags, change the plan, or use another store",
    );
  }
  // Unbound: workerd refuses a `fetch` that is called as some object's method.
  const fetch = options.fetch ?? globalThis.fetch;
  const query = teamId === undefined ? "" : `?teamId=${encodeURIComponent(teamId)}`;
  const response = await fetch(`${url}/v1/edge-config/${encodeURIComponent(id)}/items${query}`, {
    method: "PATCH",
    headers: { "Authorization": `Bearer ${token}`, "Content-Type": "application/json" },
    body: `{"items":[${item}]}`,
    redirect: "manual",
  });
  if (response.ok) return void await response.body?.cancel();
  const { error } = await response.json().catch(() => ({})) as { error?: { message?: unknown } };
  const said = typeof error?.message === "string" ? `: ${error.message}` : "";
  throw new Error(`Vercel answered ${response.status} to a snapshot of ${size} bytes (${PLANS})${said}`);
}
