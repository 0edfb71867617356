import type { JsonValue } from "../contract/json-value.ts";
import type { EvaluationContext } from "../evaluation/evaluation-context.ts";
import type { EvaluationDetail } from "../evaluation/evaluation-detail.ts";
import type { FlagSet } from "../store/flag-set.ts";
import { collectValues } from "./collect-values.ts";
import type { Handle } from "./handle.ts";
import { isTracked } from "./is-tracked.ts";
import { expectedTypeOf } from "./settle-detail.ts";
import type { ExpectedType } from "./settle-detail.ts";
import type { VariationOptions } from "./variation-options.ts";
import type { Widen } from "./widen.ts";

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
export interface ContextClient {
  /** The attributes it is bound to. */
  readonly context: EvaluationContext;
  /** As {@linkcode FeatureflipClient.variation}. */
  variation<T>(key: string, defaultValue: T, options?: VariationOptions): Widen<T>;
  /** As {@linkcode FeatureflipClient.boolVariation}. */
  boolVariation(key: string, defaultValue: boolean, options?: VariationOptions): boolean;
  /** As {@linkcode FeatureflipClient.stringVariation}. */
  stringVariation(key: string, defaultValue: string, options?: VariationOptions): string;
  /** As {@linkcode FeatureflipClient.numberVariation}. */
  numberVariation(key: string, defaultValue: number, options?: VariationOptions): number;
  /** As {@linkcode FeatureflipClient.jsonVariation}. */
  jsonVariation<T>(key: string, defaultValue: T, options?: VariationOptions): Widen<T>;
  /** As {@linkcode FeatureflipClient.variationDetail}. */
  variationDetail<T>(key: string, defaultValue: T, options?: VariationOptions): EvaluationDetail<Widen<T>>;
  /** As {@linkcode FeatureflipClient.allFlags}. */
  allFlags(): Record<string, JsonValue>;
  /** As {@linkcode FeatureflipClient.track}. */
  track(eventName: string, metadata?: object): void;
  /** As {@linkcode FeatureflipClient.identify}. */
  identify(): void;
}

/** Binds a handle to a context. The flags are pinned as soon as there are any. */
export function createContextClient(
  handle: Handle,
  given: EvaluationContext | object | null | undefined,
): ContextClient {
  const context = handle.contextOf(given);
  let pinned: FlagSet | null = handle.flags;

  function evaluate<T>(
    key: string,
    defaultValue: T,
    expected: ExpectedType,
    record: boolean,
  ): EvaluationDetail<T> {
    return handle.evaluate(pinned ??= handle.flags, key, context, defaultValue, expected, record);
  }

  function read<T>(key: string, defaultValue: T, expected: ExpectedType, options?: VariationOptions): T {
    return evaluate(key, defaultValue, expected, isTracked(options, true)).value;
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
      evaluate<unknown>(
        key,
        defaultValue,
        expectedTypeOf(defaultValue),
        isTracked(options, false),
      ) as EvaluationDetail<Widen<T>>,
    allFlags: () => collectValues(handle, pinned ??= handle.flags, context),
    track: (eventName, metadata) => handle.track(eventName, context, metadata),
    identify: () => handle.identify(context),
  };
}
