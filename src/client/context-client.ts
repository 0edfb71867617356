import type { EvaluationContext } from "../evaluation/evaluation-context.ts";
import type { EvaluationDetail } from "../evaluation/outcome.ts";
import type { VariationOptions } from "./options.ts";
import type {
  AnyFlags,
  FlagDefault,
  FlagKey,
  FlagKeyOf,
  FlagValue,
  FlagValues,
  InferredKey,
} from "./typed-flags.ts";

/**
 * A client for one context and the flags of one moment: {@linkcode FeatureflipClient.forContext} creates one per request,
 * so that a request never sees two versions of the flags. None of its methods throws. Not for implementing: a minor version may add
 * methods.
 *
 * @example
 * ```ts
 * import { FeatureflipClient } from "@featureflip/sdk";
 *
 * const client = FeatureflipClient.forTesting({ "dark-mode": true });
 * const flags = client.forContext({ user_id: "u-123" });
 * console.log(flags.boolVariation("dark-mode", false)); // true
 * ```
 */
export interface ContextClient<Flags extends object = AnyFlags> {
  /** The attributes of its context. */
  readonly context: EvaluationContext;
  // Before `variation`: see ReadonlyFlags.
  /** Like {@linkcode FeatureflipClient.allFlags}. */
  allFlags(): FlagValues<Flags>;
  /** Like {@linkcode FeatureflipClient.variation}. */
  variation<T, Key extends FlagKey<Flags> = InferredKey<Flags>>(
    key: Key,
    defaultValue: FlagDefault<Flags, Key, T>,
    options?: VariationOptions,
  ): FlagValue<Flags, Key, T>;
  /** Like {@linkcode FeatureflipClient.boolVariation}. */
  boolVariation<Key extends FlagKeyOf<Flags, boolean>>(
    key: Key,
    defaultValue: FlagDefault<Flags, Key, boolean>,
    options?: VariationOptions,
  ): FlagDefault<Flags, Key, boolean>;
  /** Like {@linkcode FeatureflipClient.stringVariation}. */
  stringVariation<
    T extends string,
    Key extends FlagKeyOf<Flags, string> = InferredKey<Flags>,
  >(
    key: Key,
    defaultValue: FlagDefault<Flags, Key, T>,
    options?: VariationOptions,
  ): FlagValue<Flags, Key, T>;
  /** Like {@linkcode FeatureflipClient.numberVariation}. */
  numberVariation<
    T extends number,
    Key extends FlagKeyOf<Flags, number> = InferredKey<Flags>,
  >(
    key: Key,
    defaultValue: FlagDefault<Flags, Key, T>,
    options?: VariationOptions,
  ): FlagValue<Flags, Key, T>;
  /** Like {@linkcode FeatureflipClient.jsonVariation}. */
  jsonVariation<T, Key extends FlagKey<Flags> = InferredKey<Flags>>(
    key: Key,
    defaultValue: FlagDefault<Flags, Key, T>,
    options?: VariationOptions,
  ): FlagValue<Flags, Key, T>;
  /** Like {@linkcode FeatureflipClient.variationDetail}. */
  variationDetail<T, Key extends FlagKey<Flags> = InferredKey<Flags>>(
    key: Key,
    defaultValue: FlagDefault<Flags, Key, T>,
    options?: VariationOptions,
  ): EvaluationDetail<FlagValue<Flags, Key, T>>;
  /** Like {@linkcode FeatureflipClient.track}. */
  track(eventName: string, metadata?: object): void;
  /** Like {@linkcode FeatureflipClient.identify}. */
  identify(): void;
}
