import { checkOptions, checkRequired, functionRule, textRule, urlRule } from "../../errors/check-option.ts";
import type { OptionRule, OptionRules } from "../../errors/check-option.ts";
import { ConfigurationError } from "../../errors/configuration-error.ts";
import { isRecord, kindOf, quote } from "../../errors/format.ts";
import type { JsonFetch } from "../../runtime/fetch.ts";
import type { SnapshotStore } from "../../shared-store/shared-store.ts";
import { PREFIX, sharedStore } from "../stores/shared-store.ts";

/** The part of a client of `@vercel/edge-config` or `@vercel/global-config` that a store needs. */
export interface EdgeConfigLike {
  /** Reads an item. */
  get(key: string): Promise<unknown>;
  /** The Edge Config that the client reads. */
  readonly connection?: { readonly id: string } | undefined;
}

/** Options of {@linkcode edgeConfigStore}. */
export interface EdgeConfigStoreOptions {
  /** The beginning of all items' names; `"featureflip:"` by default. Characters that Vercel refuses in names become `_`. */
  readonly prefix?: string | undefined;
  /** How items are written, for the process that refreshes them; without it the store is only read. */
  readonly write?: EdgeConfigWriteOptions | undefined;
}

/** How an {@linkcode edgeConfigStore} writes: by Vercel's REST API, since its client only reads. */
export interface EdgeConfigWriteOptions {
  /** An access token of Vercel; the Edge Config's own can only read. */
  readonly token: string;
  /** The team that owns the Edge Config, if a team does. */
  readonly teamId?: string | undefined;
  /** The Edge Config's id; the client's own by default. */
  readonly id?: string | undefined;
  /**
   * The size limit of the Edge Config, in bytes; 512 KiB by default. It depends on the plan (8 KB on Hobby, 64 on Pro, 512 on
   * Enterprise); Vercel refuses more.
   */
  readonly limit?: number | undefined;
  /** The URL of Vercel's REST API; `"https://api.vercel.com"` by default. */
  readonly url?: string | undefined;
  /** The `fetch` to use; the runtime's by default. */
  readonly fetch?: JsonFetch | undefined;
}

/** The limit of Vercel's largest plan. */
const LIMIT = 512 * 1024;

const WRITE: OptionRule<EdgeConfigWriteOptions | undefined> = [undefined, "an object with a token", isRecord];

/** How items are written, checked, with defaults. */
interface Writing extends EdgeConfigWriteOptions {
  readonly limit: number;
  readonly url: string;
}

const WRITE_OPTIONS: OptionRules<Writing> = {
  token: textRule(""),
  teamId: textRule(undefined),
  id: textRule(undefined),
  limit: [LIMIT, "a number of bytes, at least 1", (value) => Number.isFinite(value) && value as number >= 1],
  url: urlRule("https://api.vercel.com"),
  fetch: functionRule<JsonFetch>(),
};

const PLANS = "8 KB fit on Hobby, 64 on Pro, 512 on Enterprise";

/**
 * Keeps snapshots in a Vercel Edge Config, which Vercel now calls Global Config: near everywhere, quick to read, and small. It can't lock, and its client only reads: let a Cron write (`await client.refresh()` of a client whose store has
 * `write`), at least every 5 minutes; then no request ever asks the service (contract §8). Vercel counts writes.
 *
 * @param client Made by the `createClient` of `@vercel/edge-config` or `@vercel/global-config`; or `{ get }` of either, which
 * suffices to read.
 * @param options The items' names, and how they are written.
 * @throws {ConfigurationError} when the client is missing, or an option is wrong or unknown.
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
  options: EdgeConfigStoreOptions = {},
): SnapshotStore {
  if (typeof client?.get !== "function") {
    throw new ConfigurationError(
      "client",
      `Cannot use edgeConfigStore(): 'client' must have a function 'get', but is ${kindOf(client)}: ` +
        "pass '{ get }' or a client",
    );
  }
  const action = "use edgeConfigStore()";
  const { prefix, write } = checkOptions(action, options, { prefix: PREFIX, write: WRITE });
  const writing = write && checkRequired(action, write, WRITE_OPTIONS, ["token"]);
  const id = writing?.id ?? client.connection?.id;
  if (writing !== undefined && id === undefined) {
    throw new ConfigurationError(
      "write",
      `Cannot ${action}: 'write.id' is missing, it must be the id of the Edge Config`,
    );
  }
  const keyOf = (name: string): string => `${prefix}${name}`.replace(/[^\w-]+/g, "_");
  return sharedStore({
    async get(name) {
      const item = await client.get(keyOf(name));
      if (item === undefined || item === null) return null;
      if (typeof item === "string") return item;
      throw new TypeError(`The item ${quote(keyOf(name))} must be a string, but is ${kindOf(item)}`);
    },
    ...(writing !== undefined &&
      { set: (name: string, text: string) => writeItem(id!, keyOf(name), text, writing) }),
  });
}

async function writeItem(
  id: string,
  key: string,
  text: string,
  { token, teamId, limit, url, ...options }: Writing,
): Promise<void> {
  const item = JSON.stringify({ operation: "upsert", key, value: text });
  const size = new TextEncoder().encode(JSON.stringify({ [key]: text })).length;
  if (size > limit) {
    throw new RangeError(
      `The snapshot has ${size} bytes, and the Edge Config takes ${limit} (${PLANS}): ` +
        "remove old flags, change the plan, or use another store",
    );
  }
  // Unbound: workerd refuses a `fetch` that is called as some object's method.
  const fetch = options.fetch ?? globalThis.fetch as JsonFetch;
  const query = teamId === undefined ? "" : `?teamId=${encodeURIComponent(teamId)}`;
  const response = await fetch(`${url}/v1/edge-config/${encodeURIComponent(id)}/items${query}`, {
    method: "PATCH",
    headers: { "Authorization": `Bearer ${token}`, "Content-Type": "application/json" },
    body: `{"items":[${item}]}`,
    redirect: "manual",
  });
  const { error } = await response.json().catch(() => ({})) as { error?: { message?: unknown } };
  if (response.ok) return;
  const said = typeof error?.message === "string" ? `: ${error.message}` : "";
  throw new Error(`Vercel answered ${response.status} to a snapshot of ${size} bytes (${PLANS})${said}`);
}
