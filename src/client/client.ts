import type { SnapshotInput } from "../contract/wire.ts";
import { brandClass } from "../errors/brand.ts";
import { checkNames } from "../errors/check-option.ts";
import { isRecord, kindOf, messageOf } from "../errors/format.ts";
import { InitializationError } from "../errors/initialization-error.ts";
import { isKeyRejected } from "../errors/request-error.ts";
import type { ContextInput } from "../evaluation/evaluation-context.ts";
import type { EvaluationDetail } from "../evaluation/outcome.ts";
import type { EvaluationTrace } from "../evaluation/explain.ts";
import type { Inspector } from "../events/inspectors.ts";
import { detectRuntime } from "../runtime/detect-runtime.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { expectedTypeOf } from "./apply-default.ts";
import type { ExpectedType } from "./apply-default.ts";
import type { ClientListeners } from "./attachments.ts";
import type { ContextClient } from "./context-client.ts";
import type { TimeoutOptions } from "./core.ts";
import { Handle } from "./handle.ts";
import { bindHandle, runtimeOf } from "./internals.ts";
import type { ClientStatus, FeatureflipOptions, VariationOptions } from "./options.ts";
import { coreFor } from "./registry.ts";
import { resolveOptions } from "./resolve-options.ts";
import type { CoreOptions } from "./resolve-options.ts";
import { testFlag } from "./bootstrap.ts";
import type {
  AnyFlags,
  FlagDefault,
  FlagKey,
  FlagKeyOf,
  FlagValue,
  FlagValues,
  InferredKey,
  TestValues,
} from "./typed-flags.ts";

/** Options of a test client. */
export interface TestOptions {
  /** Functions that are called with every evaluation; none by default. */
  readonly inspectors?: readonly Inspector[] | undefined;
  /** Receives warnings; the console by default. */
  readonly logger?: Logger | undefined;
}

/**
 * What a {@linkcode FeatureflipClient} can do, structurally: for parameters of your own functions, and of all adapters. A
 * client of another copy or version of this package fits; if its flags are described, to a parameter that is generic in
 * `Flags`. Not for implementing: adapters accept clients only, and a minor version may add methods. For tests,
 * {@linkcode FeatureflipClient.forTesting} creates a client.
 *
 * @typeParam Flags The keys of the flags and the types of their values.
 * @example
 * ```ts
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import type { FeatureflipClientLike } from "@featureflip/sdk";
 *
 * function isDark(client: FeatureflipClientLike, userId: string): boolean {
 *   return client.boolVariation("dark-mode", { user_id: userId }, false);
 * }
 * console.log(isDark(FeatureflipClient.forTesting({ "dark-mode": true }), "u-123")); // true
 * ```
 */
export interface FeatureflipClientLike<Flags extends object = AnyFlags>
  extends Pick<FeatureflipClient<Flags>, keyof FeatureflipClient<Flags>> {}

/**
 * A client that {@linkcode FeatureflipClient.forTesting} created: its values can be changed.
 *
 * @typeParam Flags The keys of the flags and the types of their values.
 * @example
 * ```ts
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import type { TestClient } from "@featureflip/sdk";
 *
 * const client: TestClient = FeatureflipClient.forTesting({ "dark-mode": false });
 * client.setTestValue("dark-mode", true);
 * console.log(client.boolVariation("dark-mode", {}, false)); // true
 * ```
 */
export interface TestClient<Flags extends object = AnyFlags> extends FeatureflipClient<Flags> {
  /**
   * Sets the value that a flag serves from now on.
   *
   * @param key The flag; a new one is added.
   * @param value Its value; JSON.
   * @throws {TypeError} when the value is not JSON.
   */
  setTestValue<Key extends FlagKey<Flags>>(key: Key, value: FlagDefault<Flags, Key, unknown>): void;
}

/**
 * A feature-flag client. It fetches the flags once, follows their changes, and evaluates them locally and synchronously.
 *
 * Clients with the same SDK key and base URL share one connection; each is closed separately (contract §6). The constructor
 * does no I/O: work starts right after it, or, on request-scoped runtimes (Workers, Vercel Edge), with the first
 * `await client.waitForInitialization()`. Its methods need `this`; a `Proxy` around a client, such as Vue's `reactive()`, throws.
 *
 * @example
 * ```ts
 * import { FeatureflipClient } from "@featureflip/sdk";
 *
 * const client = FeatureflipClient.forTesting({ "dark-mode": true });
 * console.log(client.boolVariation("dark-mode", { user_id: "u-123" }, false)); // true
 * await client.close();
 * ```
 *
 * @typeParam Flags The keys of the flags and the types of their values, as `featureflip pull` writes them: then TypeScript
 * checks keys, defaults and values. Without it any key is allowed, and the default decides the type.
 * @example
 * ```ts
 * import { FeatureflipClient } from "@featureflip/sdk";
 *
 * interface Flags {
 *   readonly "pricing-tier": "free" | "pro";
 * }
 *
 * const client = FeatureflipClient.forTesting<Flags>({ "pricing-tier": "pro" });
 * const tier: "free" | "pro" = client.variation("pricing-tier", { user_id: "u-123" }, "free");
 * console.log(tier); // "pro"
 * ```
 */
export class FeatureflipClient<Flags extends object = AnyFlags> {
  static {
    brandClass(this, "FeatureflipClient");
  }

  readonly #handle: Handle;

  /**
   * Creates a client. It serves defaults until the first flags arrive.
   *
   * @param options The SDK key, and each option that differs from its default.
   * @throws {ConfigurationError} when an option is missing, unknown or out of range.
   */
  constructor(options: FeatureflipOptions = {}) {
    const isHandle = options instanceof Handle;
    this.#handle = isHandle ? options : createHandle(options, runtimeOf(options) ?? detectRuntime());
    bindHandle(this, this.#handle);
  }

  /**
   * Creates a client and waits for its first flags; in `"manual"` mode it fetches them once. To start even during an outage
   * of the service, use the constructor and a bounded wait instead: such a client recovers by itself.
   *
   * @param options The SDK key, and each option that differs from its default.
   * @throws {ConfigurationError} when an option is missing, unknown or out of range.
   * @throws {InitializationError} when the flags do not arrive within `initTimeout`, or are refused. The client is closed
   * then.
   */
  static async create<Flags extends object = AnyFlags>(
    options: FeatureflipOptions = {},
  ): Promise<FeatureflipClient<Flags>> {
    const client = clientOf<Flags>(options);
    try {
      const initialized = client.waitForInitialization();
      if (client.status.mode === "manual" && !client.isInitialized) {
        await Promise.race([initialized, client.refresh()]);
      }
      await initialized;
      return client;
    } catch (error) {
      await client.close();
      if (error instanceof InitializationError) throw error;
      throw new InitializationError(
        isKeyRejected(error) ? "KEY_REJECTED" : "REFUSED",
        `No flags could be loaded: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }

  /**
   * Creates a client for tests: no network, no timers, no events. Every context gets the same values.
   *
   * @param flags The value of each flag, by key; JSON. None by default.
   * @param options Inspectors and a logger.
   * @throws {TypeError} when a value is not JSON.
   * @throws {ConfigurationError} when an option is unknown.
   * @example
   * ```ts
   * import { FeatureflipClient } from "@featureflip/sdk";
   *
   * const client = FeatureflipClient.forTesting({ "rate-limit": 100 });
   * client.setTestValue("rate-limit", 5);
   * console.log(client.variation("rate-limit", {}, 10)); // 5
   * ```
   */
  static forTesting<Flags extends object = AnyFlags>(
    flags: TestValues<NoInfer<Flags>> = {} as TestValues<NoInfer<Flags>>,
    options: TestOptions = {},
  ): TestClient<Flags> {
    checkNames("create test client", options, ["inspectors", "logger"]);
    if (!isRecord(flags)) {
      throw new TypeError(`Cannot create test client: the flags must be an object, but are ${kindOf(flags)}`);
    }
    const given = Object.entries(flags as Readonly<Record<string, unknown>>);
    const bootstrap = {
      environment: "test",
      version: 1,
      flags: given.map(([key, value]) => testFlag(key, value)),
      segments: [],
    };
    const { inspectors, logger } = options;
    const handle = createHandle(
      { mode: "offline", bootstrap: bootstrap as unknown as SnapshotInput, inspectors, logger },
      detectRuntime(),
      // With a default context, each context is checked, whether it is read or not.
      { mode: "test", defaultContext: {} },
    );
    const setTestValue = (key: string, value: unknown): void => handle.core.put(testFlag(key, value));
    return Object.defineProperty(clientOf<Flags>(handle), "setTestValue", {
      value: setTestValue,
    }) as unknown as TestClient<Flags>;
  }

  /** Whether there are flags: `false` before the first ones arrive and after `close()`. */
  get isInitialized(): boolean {
    return this.#handle.flags !== null;
  }

  /** The status of the client at this moment (contract §6.2). */
  get status(): ClientStatus {
    return this.#handle.status;
  }

  /**
   * Waits until there are flags. In mode `"lazy"` this call loads or refreshes them, and costs nothing while they are fresh
   * (contract §6.1). After a rejection the client keeps trying in the background.
   *
   * @param options `timeout` in ms; `initTimeout` by default, 3,000 in mode `"lazy"`.
   * @throws {InitializationError} when no flags arrived in time, the SDK key was rejected, or the client was closed.
   * @throws {ConfigurationError} when `timeout` is not a finite number of at least 1.
   */
  waitForInitialization(options?: TimeoutOptions): Promise<void> {
    const initialized = this.#handle.waitForInitialization(options);
    // If nobody awaits it, or somebody does late, its rejection must not end the process. The log has the error.
    initialized.catch(() => {});
    return initialized;
  }

  // Before `variation`: see ReadonlyFlags.
  /**
   * Returns the values of all flags for a context, by key, in a plain object: for a page, for example. Flags
   * for which `variation` would return the default are absent. Records nothing.
   *
   * @param context The evaluation context.
   */
  allFlags(context: ContextInput): FlagValues<Flags> {
    const handle = this.#handle;
    return handle.allFlags(handle.flags, handle.contextOf(context)) as FlagValues<Flags>;
  }

  /**
   * Returns the value of a flag for a context. Never throws. The default decides the type: with a boolean, string or number
   * default the type is also checked at run time, and a value of another type is replaced by the default (contract §3.1).
   *
   * @param key The flag.
   * @param context The evaluation context.
   * @param defaultValue Returned when the flag is missing, serves no value, or serves a value of another type.
   * @param options `track: false` records no analytics event.
   * @example
   * ```ts
   * import { FeatureflipClient } from "@featureflip/sdk";
   *
   * const client = FeatureflipClient.forTesting({ "pricing-tier": "pro" });
   * const tier: string = client.variation("pricing-tier", { user_id: "u-123" }, "free");
   * console.log(tier); // "pro"
   * ```
   */
  variation<T, Key extends FlagKey<Flags> = InferredKey<Flags>>(
    key: Key,
    context: ContextInput,
    defaultValue: FlagDefault<Flags, Key, T>,
    options?: VariationOptions,
  ): FlagValue<Flags, Key, T> {
    const expected = expectedTypeOf(defaultValue);
    return this.#read<unknown>(key, context, defaultValue, expected, options) as FlagValue<Flags, Key, T>;
  }

  /** Like {@linkcode variation}, for a flag that serves booleans. */
  boolVariation<Key extends FlagKeyOf<Flags, boolean>>(
    key: Key,
    context: ContextInput,
    defaultValue: FlagDefault<Flags, Key, boolean>,
    options?: VariationOptions,
  ): FlagDefault<Flags, Key, boolean> {
    return this.#read(key, context, defaultValue, "boolean", options);
  }

  /** Like {@linkcode variation}, for a flag that serves strings. */
  stringVariation<
    T extends string,
    Key extends FlagKeyOf<Flags, string> = InferredKey<Flags>,
  >(
    key: Key,
    context: ContextInput,
    defaultValue: FlagDefault<Flags, Key, T>,
    options?: VariationOptions,
  ): FlagValue<Flags, Key, T> {
    return this.#read<unknown>(key, context, defaultValue, "string", options) as FlagValue<Flags, Key, T>;
  }

  /** Like {@linkcode variation}, for a flag that serves numbers. */
  numberVariation<
    T extends number,
    Key extends FlagKeyOf<Flags, number> = InferredKey<Flags>,
  >(
    key: Key,
    context: ContextInput,
    defaultValue: FlagDefault<Flags, Key, T>,
    options?: VariationOptions,
  ): FlagValue<Flags, Key, T> {
    return this.#read<unknown>(key, context, defaultValue, "number", options) as FlagValue<Flags, Key, T>;
  }

  /**
   * Like {@linkcode variation}, for a flag that serves any JSON: the type of the value is not checked at run time. Objects
   * and arrays are frozen.
   */
  jsonVariation<T, Key extends FlagKey<Flags> = InferredKey<Flags>>(
    key: Key,
    context: ContextInput,
    defaultValue: FlagDefault<Flags, Key, T>,
    options?: VariationOptions,
  ): FlagValue<Flags, Key, T> {
    return this.#read<unknown>(key, context, defaultValue, undefined, options) as FlagValue<Flags, Key, T>;
  }

  /**
   * Returns the value of a flag, and the reason for it. Never throws. Records an analytics event only with `track: true`.
   *
   * @param key The flag.
   * @param context The evaluation context.
   * @param defaultValue Returned when the flag is missing, serves no value, or serves a value of another type.
   * @param options `track: true` records an analytics event.
   * @example
   * ```ts
   * import { FeatureflipClient } from "@featureflip/sdk";
   *
   * const client = FeatureflipClient.forTesting({ "dark-mode": true });
   * console.log(client.variationDetail("no-such-flag", {}, false).reason); // "FLAG_NOT_FOUND"
   * ```
   */
  variationDetail<T, Key extends FlagKey<Flags> = InferredKey<Flags>>(
    key: Key,
    context: ContextInput,
    defaultValue: FlagDefault<Flags, Key, T>,
    options?: VariationOptions,
  ): EvaluationDetail<FlagValue<Flags, Key, T>> {
    const expected = expectedTypeOf(defaultValue);
    const isRecorded = this.#handle.isTracked(options, false);
    return this.#evaluate<unknown>(key, context, defaultValue, expected, isRecorded) as EvaluationDetail<
      FlagValue<Flags, Key, T>
    >;
  }

  /**
   * Explains the evaluation of a flag, step by step: each prerequisite, rule, group and condition that was evaluated, with
   * the attribute's value and the result, and the bucket of a rollout. Its `detail` is that of `variationDetail`. Never
   * throws, records nothing, and calls no inspector.
   *
   * @param key The flag.
   * @param context The evaluation context.
   * @example
   * ```ts
   * import { FeatureflipClient } from "@featureflip/sdk";
   * import { flag, where } from "@featureflip/sdk/testing";
   *
   * const tier = flag("tier", { free: "free", pro: "pro" }).when(where("plan", "Equals", "pro"), "pro").otherwise("free");
   * const client = new FeatureflipClient({ mode: "offline", bootstrap: { flags: [tier], segments: [] } });
   * const { detail, rules } = client.explain("tier", { plan: "basic" });
   * console.log(detail.reason); // "FALLTHROUGH"
   * console.log(rules[0]?.groups[0]?.conditions[0]?.actual); // "basic"
   * await client.close();
   * ```
   */
  explain(key: FlagKey<Flags>, context: ContextInput): EvaluationTrace {
    return this.#handle.explain(key, context);
  }

  /**
   * Creates a client for one context, such as that of a request, and for the flags of this moment: all its evaluations use
   * the same version of the flags.
   *
   * @param context The evaluation context.
   */
  forContext(context: ContextInput): ContextClient<Flags> {
    return this.#handle.bind(context) as unknown as ContextClient<Flags>;
  }

  /**
   * Records a custom event, for experiments (contract §5).
   *
   * @param eventName The name of the event.
   * @param context The evaluation context of the user who caused it.
   * @param metadata More about the event, at most 16 KiB of JSON; serialized before this returns.
   */
  track(
    eventName: string,
    context: ContextInput,
    metadata?: object,
  ): void {
    this.#handle.track(eventName, context, metadata);
  }

  /**
   * Records the attributes of a user, except for the private ones (contract §5).
   *
   * @param context The user's evaluation context.
   */
  identify(context: ContextInput): void {
    this.#handle.identify(context);
  }

  /**
   * Fetches the flags now; in `"manual"` mode nothing else does. Resolves when they are applied.
   *
   * @throws {FeatureflipError} when they could not be fetched or were refused. The flags that were there are still served.
   */
  async refresh(): Promise<void> {
    await this.#handle.refresh();
  }

  /**
   * Sends the queued events. Resolves when they are sent, and also when sending them failed.
   *
   * @param options `timeout` in ms; 10,000 by default, and 0 does not wait.
   * @throws {ConfigurationError} when `timeout` is not a number of at least 0.
   */
  async flush(options?: TimeoutOptions): Promise<void> {
    await this.#handle.flush(options);
  }

  /**
   * Closes this client: it serves defaults from now on. The last client of an SDK key sends the queued events, within the
   * timeout, and ends the connection and all timers. May be called twice. Never rejects: a wrong timeout is logged.
   *
   * @param options `timeout` in ms; 5,000 by default, and 0 does not wait.
   */
  async close(options?: TimeoutOptions): Promise<void> {
    await this.#handle.close(options);
  }

  /** Like {@linkcode close}: for `await using client = …`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Listens for changes of flags (`"update"`) or of the client's status (`"status"`). A client with listeners stays alive,
   * with its connection, even when nothing else refers to it: remove the listeners, or close it.
   *
   * @param event The event.
   * @param listener Called synchronously. If it throws, or returns a promise that rejects, the client logs a warning.
   * @returns A function that removes the listener.
   * @throws {TypeError} when the event is unknown.
   * @example
   * ```ts
   * import { FeatureflipClient } from "@featureflip/sdk";
   *
   * const client = FeatureflipClient.forTesting({ "dark-mode": false });
   * const stop = client.on("update", (keys) => console.log("changed:", keys));
   * client.setTestValue("dark-mode", true); // changed: [ "dark-mode" ]
   * stop();
   * ```
   */
  on<E extends keyof ClientListeners>(event: E, listener: ClientListeners[E]): () => void {
    this.#handle.on(event, listener);
    return () => this.#handle.off(event, listener);
  }

  /**
   * Removes a listener that {@linkcode on} added.
   *
   * @param event The event.
   * @param listener The same function.
   * @throws {TypeError} when the event is unknown.
   */
  off<E extends keyof ClientListeners>(event: E, listener: ClientListeners[E]): void {
    this.#handle.off(event, listener);
  }

  #read<T>(
    key: string,
    context: ContextInput,
    defaultValue: T,
    expected: ExpectedType,
    options: VariationOptions | undefined,
  ): T {
    return this.#evaluate(key, context, defaultValue, expected, this.#handle.isTracked(options, true)).value;
  }

  #evaluate<T>(
    key: string,
    context: ContextInput,
    defaultValue: T,
    expected: ExpectedType,
    isRecorded: boolean,
  ): EvaluationDetail<T> {
    const handle = this.#handle;
    const attributes = handle.contextOf(context);
    const { flags } = handle;
    const detail = handle.evaluate(flags, key, attributes, defaultValue, expected);
    if (handle.isObserved) {
      if (isRecorded) handle.record(flags, key, attributes, detail);
      handle.inspect(flags, key, attributes, detail);
    }
    return detail;
  }
}

/** A value under 50 ms was probably meant in seconds. */
const TIMES = [
  "connectTimeout",
  "readTimeout",
  "initTimeout",
  "flushInterval",
  "maxAge",
  "maxStale",
] as const;

function createHandle(
  options: FeatureflipOptions,
  runtime: Runtime,
  differing?: Partial<CoreOptions>,
): Handle {
  const { core, handle } = resolveOptions(options, runtime);
  const created = new Handle(coreFor({ ...core, ...differing }, runtime, handle.logger), handle);
  for (const name of TIMES) {
    created.warnOfSeconds(name, core[name]);
  }
  return created;
}

/**
 * Creates a client from options, or from a handle, which the constructor's type does not show. A function outside of the
 * class: bundlers rename a class that refers to itself, and `console.log` shows that name.
 */
function clientOf<Flags extends object>(given: FeatureflipOptions | Handle): FeatureflipClient<Flags> {
  return new FeatureflipClient(given as FeatureflipOptions);
}
