import type { Adapter, ProviderData } from "flags";
import { FeatureflipClient } from "../../client/client.ts";
import type { FeatureflipClientLike } from "../../client/client.ts";
import { clientHandle } from "../../client/internals.ts";
import type { FeatureflipOptions } from "../../client/options.ts";
import type { AnyFlags } from "../../client/typed-flags.ts";
import { REQUEST_DEADLINE_MS } from "../../contract/limits.ts";
import { setOwn } from "../../contract/wire.ts";
import { isRecord } from "../../errors/format.ts";
import type { EvaluationContext } from "../../evaluation/evaluation-context.ts";
import { awaitFlags } from "../shared/await-flags.ts";
import type { RequestScope } from "../shared/await-flags.ts";
import { checkClientChoice, createClientPool } from "../shared/client-pool.ts";

/** Options of {@linkcode createFeatureflipAdapter}. */
export interface FeatureflipAdapterOptions<Flags extends object = AnyFlags> {
  /** The client to use, such as one of `forTesting`; by default the first evaluation makes one. */
  readonly client?: FeatureflipClientLike<Flags> | undefined;
  /** Options of the client that is made; the environment variables by default. Not together with `client`. */
  readonly clientOptions?: FeatureflipOptions | undefined;
  /** How long an evaluation waits for the first flags, in ms; 3,000 by default. Without flags it returns its default. */
  readonly timeout?: number | undefined;
  /** The link to a flag in Vercel's toolbar: a URL, or a function of the key; `{ provider: "featureflip" }` by default. */
  readonly origin?: Adapter<unknown, unknown>["origin"] | undefined;
}

/** Returns the adapter of one flag. Flags of one {@linkcode createFeatureflipAdapter} can be decided together. */
export type FeatureflipAdapter = <Value, Entities extends object = EvaluationContext>() => Adapter<
  Value,
  Entities
>;

const RULES = {
  origin: [
    undefined,
    "a URL, a function of the key, or an object",
    (value: unknown) => ["string", "function"].includes(typeof value) || isRecord(value),
  ],
} as const;

/**
 * Creates an adapter for Vercel's Flags SDK: flags declared with `flag()` are decided by Featureflip, for the entities that
 * `identify` returns. Of entities without `user_id` and `userId`, as the Flags SDK's documentation has them, `user.id` is the
 * user id. One client serves all of them; `evaluate()` decides flags with the same `identify` together, in one
 * version of the flags. Evaluations are recorded as by `variation`; a flag that serves no value gets its `defaultValue`.
 *
 * @param options A client or its options.
 * @throws {ConfigurationError} when an option is unknown or out of range, or both `client` and `clientOptions` are given.
 * @example
 * ```ts
 * import { flag } from "flags/next";
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { createFeatureflipAdapter } from "@featureflip/sdk/flags-sdk";
 *
 * const featureflip = createFeatureflipAdapter({
 *   client: FeatureflipClient.forTesting({ "dark-mode": true }), // without it, one is made from the environment variables
 * });
 * const darkMode = flag<boolean>({ key: "dark-mode", adapter: featureflip(), defaultValue: false });
 * console.log(await darkMode(new Request("http://localhost/"))); // true
 * ```
 */
export function createFeatureflipAdapter<Flags extends object = AnyFlags>(
  options: FeatureflipAdapterOptions<Flags> = {},
): FeatureflipAdapter {
  const timeout = checkClientChoice("create adapter", options, RULES) ?? REQUEST_DEADLINE_MS;
  // The Flags SDK passes any key.
  const given = options.client as FeatureflipClientLike | undefined;
  const { clientOptions = {}, origin = { provider: "featureflip" } } = options;
  const clientFor = createClientPool();
  const scope: RequestScope = { timeout, waitUntil: undefined };

  async function decide<R>(run: (client: FeatureflipClientLike) => R): Promise<R> {
    const client = given ?? clientFor(undefined, () => clientOptions);
    await awaitFlags(client, scope);
    // Sends events that an earlier request left behind; an evaluation that records none would not.
    clientHandle(client).deliverWhenDue(undefined);
    return run(client);
  }

  const adapter: Adapter<unknown, object> = {
    adapterId: Symbol("featureflip"),
    origin,
    config: { reportValue: true },
    decide: ({ key, entities, defaultValue }) =>
      decide((client) => client.variation(key, contextOf(entities), defaultValue)),
    bulkDecide: ({ flags, entities }) =>
      decide((client) => {
        const bound = client.forContext(contextOf(entities));
        const values: Record<string, unknown> = {};
        for (const { key, defaultValue } of flags) setOwn(values, key, bound.variation(key, defaultValue));
        return values;
      }),
  };
  // The caller states the type of a flag's value, as with `variation`.
  return <Value, Entities extends object>() => adapter as unknown as Adapter<Value, Entities>;
}

/**
 * Returns all flags of the environment with their variations, for the Flags Explorer of Vercel's toolbar, where each value can
 * be selected. Without flags, a hint says why there are none.
 *
 * @param options A client or its options, as of {@linkcode createFeatureflipAdapter}; with the same SDK key, both share one
 * connection. A client that is made is closed again.
 * @throws {ConfigurationError} when an option is missing, unknown or out of range, or both `client` and `clientOptions` are
 * given.
 * @example
 * ```ts
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { getProviderData } from "@featureflip/sdk/flags-sdk";
 *
 * const client = FeatureflipClient.forTesting({ "rate-limit": 100 });
 * const { definitions } = await getProviderData({ client });
 * console.log(definitions["rate-limit"]?.options); // [ { value: 100, label: "test" } ]
 * ```
 */
export async function getProviderData<Flags extends object = AnyFlags>(
  options: FeatureflipAdapterOptions<Flags> = {},
): Promise<ProviderData> {
  const timeout = checkClientChoice("create adapter", options, RULES) ?? REQUEST_DEADLINE_MS;
  const { client: given, clientOptions, origin = { provider: "featureflip" } } = options;
  const client = given ?? new FeatureflipClient(clientOptions);
  try {
    await awaitFlags(client, { timeout, waitUntil: undefined });
    const { flags } = clientHandle(client);
    const definitions: ProviderData["definitions"] = {};
    for (const key of flags?.keys() ?? []) {
      const { variations } = flags!.get(key)!;
      const link = typeof origin === "function" ? origin(key) : origin;
      const options = variations.filter(({ value }) => value !== null)
        .map(({ key: label, value }) => ({ value, label }));
      setOwn<unknown>(definitions, key, { options, ...(link !== undefined && { origin: link }) });
    }
    const reason = client.status.lastError?.message ?? `no answer within ${timeout} ms`;
    const hints = flags === null
      ? [{ key: "featureflip/no-flags", text: `There are no flags: ${reason}` }]
      : [];
    return { definitions, hints };
  } finally {
    if (given === undefined) await client.close();
  }
}

/** The evaluation context of entities: the Flags SDK's documentation has a user's id in `user.id`. */
function contextOf(entities: object | undefined): object | undefined {
  const { user_id, userId, user } = (entities ?? {}) as Readonly<Record<string, unknown>>;
  if ((user_id ?? userId ?? null) !== null || !isRecord(user)) return entities;
  return { ...entities, user_id: user.id };
}
