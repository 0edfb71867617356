import { applyDefault, expectedTypeOf } from "../client/apply-default.ts";
import { decodeBootstrap } from "../client/bootstrap.ts";
import type {
  AnyFlags,
  FlagDefault,
  FlagKey,
  FlagValue,
  FlagValues,
  InferredKey,
} from "../client/typed-flags.ts";
import type { SnapshotInput } from "../contract/wire.ts";
import { isRecord } from "../errors/format.ts";
import type { ContextInput, EvaluationContext } from "../evaluation/evaluation-context.ts";
import type { EvaluationDetail } from "../evaluation/outcome.ts";
import type { EvaluationTrace } from "../evaluation/explain.ts";
import { log, PREFIX } from "../runtime/logger.ts";
import type { Logger } from "../runtime/logger.ts";
import { warnOnce } from "../runtime/once.ts";
import { explainFlag, FlagSet, outcomeOf } from "../store/flag-set.ts";

/** Options of {@linkcode Flags}. */
export interface FlagsOptions {
  /** Receives warnings about the snapshot and about contexts, each once; the console by default. */
  readonly logger?: Pick<Logger, "warn"> | undefined;
}

/** The console logger's warnings: it has no other messages to bundle. */
const CONSOLE: Pick<Logger, "warn"> = { warn: (message) => console.warn(PREFIX, message) };

/** Reads the flags of a {@linkcode Flags}, for {@linkcode explain}. */
let flagSetOf: (flags: Flags<never>) => FlagSet;

/**
 * The flags of one snapshot, evaluated locally and synchronously: no requests, no events, no timers, nothing to close. The
 * results are those of a client that has the same snapshot. Flags never change: for a new snapshot, create new ones.
 *
 * @example
 * ```ts
 * import { Flags } from "@featureflip/sdk/evaluate";
 * import { flag, where } from "@featureflip/sdk/testing";
 *
 * const tier = flag("tier", { free: "free", pro: "pro" }).when(where("country", "Equals", "DE"), "pro");
 * const flags = new Flags({ flags: [tier], segments: [] });
 * console.log(flags.variation("tier", { country: "DE" }, "free")); // "pro"
 * ```
 *
 * @typeParam Described The keys of the flags and the types of their values, as `featureflip pull` writes them. Without it any
 * key is allowed, and the default decides the type.
 */
export class Flags<Described extends object = AnyFlags> {
  static {
    flagSetOf = (flags) => flags.#set;
  }

  readonly #set: FlagSet;

  /**
   * Checks a snapshot and prepares its flags for evaluation. Its values are copied.
   *
   * @param snapshot The snapshot, as `GET /v1/sdk/flags` returns it: parsed JSON.
   * @param options A logger.
   * @throws {PayloadError} when it is not a snapshot; the message names the path and what was found.
   * @throws {TypeError} when an option is unknown or wrong.
   */
  constructor(snapshot: SnapshotInput, options: FlagsOptions = {}) {
    // A promise has no names of its own: a forgotten `await` would count as no options.
    const isOptions = isRecord(options) && !("then" in options);
    const { logger = CONSOLE, ...unknown }: FlagsOptions = isOptions ? options : { options };
    if (Object.keys(unknown).length > 0 || typeof logger?.warn !== "function") {
      throw new TypeError("Cannot create Flags: the only option is 'logger', an object with a function warn");
    }
    const warn = warnOnce((message) => log(logger as Logger, "warn", message));
    this.#set = FlagSet.of(decodeBootstrap(snapshot, warn), warn);
  }

  // Before `variation`: see ReadonlyFlags.
  /**
   * Returns the values of all flags for a context, by key, in a plain object. Flags for which {@linkcode variation} would
   * return the default are absent.
   *
   * @param context The evaluation context.
   */
  allFlags(context: ContextInput): FlagValues<Described> {
    return this.#set.values(attributesOf(context)) as FlagValues<Described>;
  }

  /**
   * Returns the value of a flag for a context. Never throws. The default decides the type: with a boolean, string or number
   * default the type is also checked at run time, and a value of another type is replaced by the default.
   *
   * @param key The flag.
   * @param context The evaluation context.
   * @param defaultValue Returned when the flag is missing, serves no value, or serves a value of another type.
   */
  variation<T, Key extends FlagKey<Described> = InferredKey<Described>>(
    key: Key,
    context: ContextInput,
    defaultValue: FlagDefault<Described, Key, T>,
  ): FlagValue<Described, Key, T> {
    return this.variationDetail(key, context, defaultValue).value as FlagValue<Described, Key, T>;
  }

  /**
   * Returns the value of a flag, and the reason for it. Never throws.
   *
   * @param key The flag.
   * @param context The evaluation context.
   * @param defaultValue Returned when the flag is missing, serves no value, or serves a value of another type.
   */
  variationDetail<T, Key extends FlagKey<Described> = InferredKey<Described>>(
    key: Key,
    context: ContextInput,
    defaultValue: FlagDefault<Described, Key, T>,
  ): EvaluationDetail<FlagValue<Described, Key, T>> {
    const outcome = outcomeOf(this.#set, key, attributesOf(context));
    return applyDefault<unknown>(
      outcome,
      key,
      defaultValue,
      expectedTypeOf(defaultValue),
    ) as EvaluationDetail<
      FlagValue<Described, Key, T>
    >;
  }
}

/**
 * Explains the evaluation of a flag, step by step, as `FeatureflipClient.explain` does. Never throws. A function of its own,
 * so that an application that does not call it does not bundle it.
 *
 * @param flags The flags of a snapshot.
 * @param key The flag.
 * @param context The evaluation context.
 * @example
 * ```ts
 * import { explain, Flags } from "@featureflip/sdk/evaluate";
 * import { flag, where } from "@featureflip/sdk/testing";
 *
 * const tier = flag("tier", { free: "free", pro: "pro" }).when(where("plan", "Equals", "pro"), "pro").otherwise("free");
 * const flags = new Flags({ flags: [tier], segments: [] });
 * console.log(explain(flags, "tier", { plan: "basic" }).rules[0]?.groups[0]?.conditions[0]?.actual); // "basic"
 * ```
 */
export function explain<Described extends object>(
  flags: Flags<Described>,
  key: FlagKey<Described>,
  context: ContextInput,
): EvaluationTrace {
  return explainFlag(flagSetOf(flags as unknown as Flags<never>), key, attributesOf(context));
}

/** The attributes of a context; none for what is not an object, as a client does. */
function attributesOf(context: ContextInput): EvaluationContext {
  return typeof context === "object" && context !== null ? context as EvaluationContext : {};
}
