import type { ContextInput, EvaluationContext } from "../evaluation/evaluation-context.ts";
import type { EvaluationDetail } from "../evaluation/evaluation-detail.ts";
import type { WaitUntil } from "../runtime/runtime.ts";
import type { FlagSet } from "../store/flag-set.ts";
import { expectedTypeOf } from "./apply-default.ts";
import type { ExpectedType } from "./apply-default.ts";
import { collectValues, isTracked } from "./handle.ts";
import type { Handle } from "./handle.ts";
import type { VariationOptions } from "./options.ts";
import type {
  AnyFlags,
  FlagDefault,
  FlagKey,
  FlagKeyOf,
  FlagValue,
  FlagValues,
  Widen,
} from "./typed-flags.ts";

/**
 * A client bound to one context, and to the flags of one moment: made by {@linkcode FeatureflipClient.forContext} for one
 * request, which so never sees two versions of the world. None of its methods throws.
 *
 * @example
 * ```ts
 * import { FeatureflipClient } from "@featureflip/sdk";
 *
 * const client = FeatureflipClient.forTesting({ "dark-mode": true });
 * const flags = client.forContext({ user_id: "u-123" });
 * console.log(flags.variation("dark-mode", false)); // true
 * ```
 */
export interface ContextClient<Flags extends object = AnyFlags> {
  /** The attributes it is bound to. */
  readonly context: EvaluationContext;
  /** As {@linkcode FeatureflipClient.variation}. */
  variation<T, Key extends FlagKey<Flags> = FlagKey<Flags>>(
    key: Key,
    defaultValue: FlagDefault<Flags, Key, T>,
    options?: VariationOptions,
  ): FlagValue<Flags, Key, T>;
  /** As {@linkcode FeatureflipClient.boolVariation}. */
  boolVariation<Key extends FlagKeyOf<Flags, boolean>>(
    key: Key,
    defaultValue: FlagDefault<Flags, Key, boolean>,
    options?: VariationOptions,
  ): FlagDefault<Flags, Key, boolean>;
  /** As {@linkcode FeatureflipClient.stringVariation}. */
  stringVariation<Key extends FlagKeyOf<Flags, string>>(
    key: Key,
    defaultValue: FlagDefault<Flags, Key, string>,
    options?: VariationOptions,
  ): FlagDefault<Flags, Key, string>;
  /** As {@linkcode FeatureflipClient.numberVariation}. */
  numberVariation<Key extends FlagKeyOf<Flags, number>>(
    key: Key,
    defaultValue: FlagDefault<Flags, Key, number>,
    options?: VariationOptions,
  ): FlagDefault<Flags, Key, number>;
  /** As {@linkcode FeatureflipClient.jsonVariation}. */
  jsonVariation<T, Key extends FlagKey<Flags> = FlagKey<Flags>>(
    key: Key,
    defaultValue: FlagDefault<Flags, Key, T>,
    options?: VariationOptions,
  ): FlagValue<Flags, Key, T>;
  /** As {@linkcode FeatureflipClient.variationDetail}. */
  variationDetail<T, Key extends FlagKey<Flags> = FlagKey<Flags>>(
    key: Key,
    defaultValue: FlagDefault<Flags, Key, T>,
    options?: VariationOptions,
  ): EvaluationDetail<FlagValue<Flags, Key, T>>;
  /** As {@linkcode FeatureflipClient.allFlags}. */
  allFlags(): FlagValues<Flags>;
  /** As {@linkcode FeatureflipClient.track}. */
  track(eventName: string, metadata?: object): void;
  /** As {@linkcode FeatureflipClient.identify}. */
  identify(): void;
}

/**
 * Binds a handle to a context. The flags are pinned as soon as there are any.
 *
 * @param waitUntil Of the request it is for: what is recorded while a response streams has no other to ride on.
 */
export function createContextClient(
  handle: Handle,
  given: ContextInput,
  waitUntil?: WaitUntil,
): ContextClient {
  const context = handle.contextOf(given);
  let pinned = handle.flags;

  /** A closed handle has none any more. */
  function flags(): FlagSet | null {
    return handle.flags && (pinned ??= handle.flags);
  }

  function read<T>(key: string, defaultValue: T, expected: ExpectedType, options?: VariationOptions): T {
    const record = isTracked(options, true);
    return handle.evaluate(flags(), key, context, defaultValue, expected, record, waitUntil).value;
  }

  return {
    context,
    variation: <T>(key: string, defaultValue: T, options?: VariationOptions) =>
      read<unknown>(key, defaultValue, expectedTypeOf(defaultValue), options) as Widen<T>,
    boolVariation: (key, defaultValue, options) => read(key, defaultValue, "boolean", options),
    stringVariation: (key, defaultValue, options) => read(key, defaultValue, "string", options),
    numberVariation: (key, defaultValue, options) => read(key, defaultValue, "number", options),
    jsonVariation: <T>(key: string, defaultValue: T, options?: VariationOptions) =>
      read<unknown>(key, defaultValue, undefined, options) as Widen<T>,
    variationDetail: <T>(key: string, defaultValue: T, options?: VariationOptions) =>
      handle.evaluate<unknown>(
        flags(),
        key,
        context,
        defaultValue,
        expectedTypeOf(defaultValue),
        isTracked(options, false),
        waitUntil,
      ) as EvaluationDetail<Widen<T>>,
    allFlags: () => collectValues(flags(), context),
    track: (eventName, metadata) => handle.track(eventName, context, metadata, waitUntil),
    identify: () => handle.identify(context, waitUntil),
  };
}
