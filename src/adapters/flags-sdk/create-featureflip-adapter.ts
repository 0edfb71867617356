import type { Adapter } from "flags";
import { clientHandle } from "../../client/client-handle.ts";
import type { FeatureflipClient } from "../../client/client.ts";
import type { FeatureflipOptions } from "../../client/options.ts";
import { timeoutOf } from "../../client/resolve-options.ts";
import { REQUEST_DEADLINE_MS } from "../../contract/limits.ts";
import type { EvaluationContext } from "../../evaluation/evaluation-context.ts";
import { awaitFlags } from "../shared/await-flags.ts";
import type { RequestScope } from "../shared/await-flags.ts";
import { createClientPool } from "../shared/client-pool.ts";

/** What {@linkcode createFeatureflipAdapter} can be told. */
export interface FeatureflipAdapterOptions {
  /** The client to use, such as one of `forTesting`; by default one is made with the first flag that is asked for. */
  readonly client?: FeatureflipClient | undefined;
  /** Options for the client that is made; the environment variables by default. */
  readonly options?: FeatureflipOptions | undefined;
  /** How long a flag waits for the first flags, in ms; 3,000 by default. Without flags there are the defaults. */
  readonly timeout?: number | undefined;
  /** Where a flag is managed, as Vercel's toolbar shows it: a URL, or a function of the key; `{ provider: "featureflip" }` by default. */
  readonly origin?: Adapter<unknown, unknown>["origin"] | undefined;
}

/** Makes the adapter of one flag. All that come from one {@linkcode createFeatureflipAdapter} are decided together. */
export type FeatureflipAdapter = <Value, Entities extends object = EvaluationContext>() => Adapter<
  Value,
  Entities
>;

/**
 * Makes an adapter for Vercel's Flags SDK: flags declared with `flag()` are decided by Featureflip, for whom `identify`
 * says. One client serves all of them; `evaluate()` decides those of one `identify` together, in one version of the flags.
 * Evaluations are recorded as `variation` does; a flag that has nothing to say gets its `defaultValue`.
 *
 * @param options A client or its options.
 * @throws {ConfigurationError} when the time-out is none.
 * @example
 * ```ts
 * import { flag } from "flags/next";
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { createFeatureflipAdapter } from "@featureflip/sdk/flags-sdk";
 *
 * const featureflip = createFeatureflipAdapter({
 *   client: FeatureflipClient.forTesting({ "dark-mode": true }), // left out, it is made from the environment variables
 * });
 * const darkMode = flag<boolean>({ key: "dark-mode", adapter: featureflip(), defaultValue: false });
 * console.log(await darkMode(new Request("http://localhost/"))); // true
 * ```
 */
export function createFeatureflipAdapter(options: FeatureflipAdapterOptions = {}): FeatureflipAdapter {
  const { client: given, options: clientOptions = {} } = options;
  const { origin = { provider: "featureflip" } } = options;
  const clientFor = createClientPool();
  const scope: RequestScope = { timeout: timeoutOf(options) ?? REQUEST_DEADLINE_MS, waitUntil: undefined };

  async function decide<R>(run: (client: FeatureflipClient) => R): Promise<R> {
    const client = given ?? clientFor(undefined, () => clientOptions);
    await awaitFlags(client, scope);
    // What an earlier request could not send: only events that are recorded see to it themselves.
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
        const values: Record<string, unknown> = Object.create(null); // a key may be `__proto__`
        for (const { key, defaultValue } of flags) values[key] = bound.variation(key, defaultValue);
        return values;
      }),
  };
  // What a flag serves is the caller's to say, as with `variation`.
  return <Value, Entities extends object>() => adapter as unknown as Adapter<Value, Entities>;
}
