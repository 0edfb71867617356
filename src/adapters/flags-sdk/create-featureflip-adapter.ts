import type { Adapter } from "flags";
import type { FeatureflipClientLike } from "../../client/client.ts";
import { clientHandle } from "../../client/internals.ts";
import type { FeatureflipOptions } from "../../client/options.ts";
import { REQUEST_DEADLINE_MS } from "../../contract/limits.ts";
import { setOwn } from "../../contract/wire.ts";
import type { EvaluationContext } from "../../evaluation/evaluation-context.ts";
import { awaitFlags } from "../shared/await-flags.ts";
import type { RequestScope } from "../shared/await-flags.ts";
import { checkClientChoice, createClientPool } from "../shared/client-pool.ts";

/** Options of {@linkcode createFeatureflipAdapter}. */
export interface FeatureflipAdapterOptions {
  /** The client to use, such as one of `forTesting`; by default the first evaluation makes one. */
  readonly client?: FeatureflipClientLike | undefined;
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

/**
 * Creates an adapter for Vercel's Flags SDK: flags declared with `flag()` are decided by Featureflip, for the entities that
 * `identify` returns. One client serves all of them; `evaluate()` decides flags with the same `identify` together, in one
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
export function createFeatureflipAdapter(options: FeatureflipAdapterOptions = {}): FeatureflipAdapter {
  const { client: given, clientOptions = {} } = options;
  const { origin = { provider: "featureflip" } } = options;
  const clientFor = createClientPool();
  const scope: RequestScope = {
    timeout: checkClientChoice("create adapter", options, ["origin"]) ?? REQUEST_DEADLINE_MS,
    waitUntil: undefined,
  };

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
      decide((client) => client.variation(key, entities, defaultValue)),
    bulkDecide: ({ flags, entities }) =>
      decide((client) => {
        const bound = client.forContext(entities);
        const values: Record<string, unknown> = {};
        for (const { key, defaultValue } of flags) setOwn(values, key, bound.variation(key, defaultValue));
        return values;
      }),
  };
  // The caller states the type of a flag's value, as with `variation`.
  return <Value, Entities extends object>() => adapter as unknown as Adapter<Value, Entities>;
}
