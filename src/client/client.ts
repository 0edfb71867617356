import { messageOf } from "../errors/format.ts";
import { InitializationError } from "../errors/initialization-error.ts";
import type { ContextInput } from "../evaluation/evaluation-context.ts";
import type { EvaluationDetail } from "../evaluation/evaluation-detail.ts";
import type { EvaluationTrace } from "../evaluation/evaluation-trace.ts";
import type { Inspector } from "../events/inspectors.ts";
import { detectRuntime } from "../runtime/detect-runtime.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { expectedTypeOf } from "./apply-default.ts";
import type { ExpectedType } from "./apply-default.ts";
import type { ClientListeners } from "./attachments.ts";
import { bindHandle } from "./client-handle.ts";
import type { ContextClient } from "./context-client.ts";
import type { TimeoutOptions } from "./core.ts";
import { givenRuntime } from "./create-client.ts";
import { collectValues, Handle, isTracked } from "./handle.ts";
import type { FeatureflipOptions, VariationOptions } from "./options.ts";
import { coreFor } from "./registry.ts";
import { resolveOptions } from "./resolve-options.ts";
import type { CoreOptions } from "./resolve-options.ts";
import type { ClientStatus } from "./status.ts";
import { testFlag } from "./test-flag.ts";
import type {
  AnyFlags,
  FlagDefault,
  FlagKey,
  FlagKeyOf,
  FlagValue,
  FlagValues,
  TestValues,
} from "./typed-flags.ts";

/** What a test client can be told. */
export interface TestOptions {
  /** Functions that are told of every evaluation; none by default. */
  readonly inspectors?: readonly Inspector[] | undefined;
  /** Where warnings go; the console by default. */
  readonly logger?: Logger | undefined;
}

/**
 * A feature-flag client: flags are fetched once, followed as they change, and evaluated here, synchronously.
 *
 * Clients with the same SDK key and base URL share one connection; each is closed by itself (contract §6). Constructing
 * one does no I/O: work starts right after, or, where a request is all there is, with the first
 * `await client.waitForInitialization()`.
 *
 * @example
 * ```ts
 * import { FeatureflipClient } from "@featureflip/sdk";
 *
 * const client = FeatureflipClient.forTesting({ "dark-mode": true });
 * console.log(client.variation("dark-mode", { user_id: "u-123" }, false)); // true
 * await client.close();
 * ```
 *
 * @typeParam Flags The flags' keys and the types of their values, as `featureflip pull` writes them: keys, defaults and
 * values are checked then. Without it any key will do, and a default decides the type.
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
  readonly #handle: Handle;

  /**
   * Makes a client, which serves defaults until the first flags arrive.
   *
   * @param options The SDK key and whatever differs from the defaults.
   * @throws {ConfigurationError} when an option is missing, unknown or out of range.
   */
  constructor(options: FeatureflipOptions = {}) {
    const isHandle = options instanceof Handle;
    this.#handle = isHandle ? options : createHandle(options, givenRuntime(options) ?? detectRuntime());
    bindHandle(this, this.#handle);
  }

  /**
   * Makes a client and waits for its first flags, which in `"manual"` mode it fetches once. For a start that survives an
   * outage of the service, use the constructor and a bounded wait instead: such a client heals by itself.
   *
   * @param options The SDK key and whatever differs from the defaults.
   * @throws {ConfigurationError} when an option is missing, unknown or out of range.
   * @throws {InitializationError} when the flags do not come within `initTimeout`, or are refused; the client is closed
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
      throw new InitializationError(`No flags could be loaded: ${messageOf(error)}`, { cause: error });
    }
  }

  /**
   * Makes a client for tests: no network, no timer, no events; every context gets the same values.
   *
   * @param flags The value of each flag, by key; JSON.
   * @param options Inspectors and a logger.
   * @throws {TypeError} when a value is no JSON.
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
    flags: TestValues<NoInfer<Flags>>,
    options: TestOptions = {},
  ): FeatureflipClient<Flags> {
    const given = Object.entries(flags as Readonly<Record<string, unknown>>);
    const bootstrap = {
      environment: "test",
      version: 1,
      flags: given.map(([key, value]) => testFlag(key, value)),
      segments: [],
    };
    const { inspectors, logger } = options;
    return clientOf<Flags>(
      createHandle({ mode: "offline", bootstrap, inspectors, logger }, detectRuntime(), { mode: "test" }),
    );
  }

  /** Whether there are flags to serve: `false` before the first ones arrive and after `close()`. */
  get isInitialized(): boolean {
    return this.#handle.flags !== null;
  }

  /** How the client is at this moment (contract §6.2). */
  get status(): ClientStatus {
    return this.#handle.status;
  }

  /**
   * Waits until there are flags. Where a request is all there is, this is the call that loads or refreshes them, and it
   * costs nothing while they are fresh (contract §6.1). After a rejection the client goes on trying.
   *
   * @param options `timeout` in ms; `initTimeout` by default, 3,000 on demand.
   * @throws {InitializationError} when no flags came in time, the SDK key was rejected, or the client was closed.
   * @throws {ConfigurationError} when `timeout` is no finite number of at least 1.
   */
  waitForInitialization(options: TimeoutOptions = {}): Promise<void> {
    const initialized = this.#handle.waitForInitialization(options);
    // Awaited late, or never, its failure must not end the process: the log has it.
    initialized.catch(() => {});
    return initialized;
  }

  /**
   * The value of a flag for a context. Never throws. The default decides the type: a boolean, string or number default is
   * also checked at run time, and stands in for a value of another type (contract §3.1).
   *
   * @param key The flag.
   * @param context Whom it is for.
   * @param defaultValue What is answered when the flag has nothing to say.
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
  variation<T, Key extends FlagKey<Flags> = FlagKey<Flags>>(
    key: Key,
    context: ContextInput,
    defaultValue: FlagDefault<Flags, Key, T>,
    options?: VariationOptions,
  ): FlagValue<Flags, Key, T> {
    const expected = expectedTypeOf(defaultValue);
    return this.#read<unknown>(key, context, defaultValue, expected, options) as FlagValue<Flags, Key, T>;
  }

  /** As {@linkcode variation}, for a flag that serves booleans. */
  boolVariation<Key extends FlagKeyOf<Flags, boolean>>(
    key: Key,
    context: ContextInput,
    defaultValue: FlagDefault<Flags, Key, boolean>,
    options?: VariationOptions,
  ): FlagDefault<Flags, Key, boolean> {
    return this.#read(key, context, defaultValue, "boolean", options);
  }

  /** As {@linkcode variation}, for a flag that serves strings. */
  stringVariation<Key extends FlagKeyOf<Flags, string>>(
    key: Key,
    context: ContextInput,
    defaultValue: FlagDefault<Flags, Key, string>,
    options?: VariationOptions,
  ): FlagDefault<Flags, Key, string> {
    return this.#read(key, context, defaultValue, "string", options);
  }

  /** As {@linkcode variation}, for a flag that serves numbers. */
  numberVariation<Key extends FlagKeyOf<Flags, number>>(
    key: Key,
    context: ContextInput,
    defaultValue: FlagDefault<Flags, Key, number>,
    options?: VariationOptions,
  ): FlagDefault<Flags, Key, number> {
    return this.#read(key, context, defaultValue, "number", options);
  }

  /**
   * As {@linkcode variation}, for a flag that serves any JSON: the type of the value is not checked. Objects and arrays
   * are frozen.
   */
  jsonVariation<T, Key extends FlagKey<Flags> = FlagKey<Flags>>(
    key: Key,
    context: ContextInput,
    defaultValue: FlagDefault<Flags, Key, T>,
    options?: VariationOptions,
  ): FlagValue<Flags, Key, T> {
    return this.#read<unknown>(key, context, defaultValue, undefined, options) as FlagValue<Flags, Key, T>;
  }

  /**
   * The value of a flag together with why it was served. Never throws. Records an analytics event with `track: true` only.
   *
   * @param key The flag.
   * @param context Whom it is for.
   * @param defaultValue What is answered when the flag has nothing to say.
   * @param options `track: true` records an analytics event.
   * @example
   * ```ts
   * import { FeatureflipClient } from "@featureflip/sdk";
   *
   * const client = FeatureflipClient.forTesting({ "dark-mode": true });
   * console.log(client.variationDetail("no-such-flag", {}, false).reason); // "FLAG_NOT_FOUND"
   * ```
   */
  variationDetail<T, Key extends FlagKey<Flags> = FlagKey<Flags>>(
    key: Key,
    context: ContextInput,
    defaultValue: FlagDefault<Flags, Key, T>,
    options?: VariationOptions,
  ): EvaluationDetail<FlagValue<Flags, Key, T>> {
    const handle = this.#handle;
    const expected = expectedTypeOf(defaultValue);
    const record = isTracked(options, false);
    return handle.evaluate<unknown>(
      handle.flags,
      key,
      context,
      defaultValue,
      expected,
      record,
    ) as EvaluationDetail<FlagValue<Flags, Key, T>>;
  }

  /**
   * The evaluation of a flag, step by step: each prerequisite, rule, group and condition that was asked, with the attribute
   * seen and whether it matched, and how a rollout picked. Its `detail` is what `variationDetail` answers. Never throws,
   * records nothing, and tells no inspector.
   *
   * @param key The flag.
   * @param context Whom it is for.
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
   * The values of all flags for a context, by key, in a record without a prototype: fit to be handed to a page. Flags that
   * would leave a caller with the default are left out. Records nothing.
   *
   * @param context Whom they are for.
   */
  allFlags(context: ContextInput): FlagValues<Flags> {
    const handle = this.#handle;
    return collectValues(handle.flags, handle.contextOf(context)) as FlagValues<Flags>;
  }

  /**
   * Binds a context, for one request say, together with the flags of this moment: what is evaluated through it sees one
   * version of the world.
   *
   * @param context Whom the flags are for.
   */
  forContext(context: ContextInput): ContextClient<Flags> {
    return this.#handle.bind(context) as ContextClient<Flags>;
  }

  /**
   * Records that something happened, for experiments (contract §5).
   *
   * @param eventName What happened.
   * @param context Who did it.
   * @param metadata Facts about it, at most 16 KiB of JSON; serialized before this returns.
   */
  track(
    eventName: string,
    context: ContextInput,
    metadata?: object,
  ): void {
    this.#handle.track(eventName, context, metadata);
  }

  /**
   * Records who a user is: all attributes of the context but the private ones (contract §5).
   *
   * @param context The user.
   */
  identify(context: ContextInput): void {
    this.#handle.identify(context);
  }

  /**
   * Fetches the flags now: the only way in `"manual"` mode. Settles when the answer is applied.
   *
   * @throws {FeatureflipError} when the answer did not come or was refused; what was served before goes on being served.
   */
  async refresh(): Promise<void> {
    await this.#handle.refresh();
  }

  /**
   * Sends the events that wait. Settles when that is done or has failed, and never rejects for that.
   *
   * @param options `timeout` in ms; 10,000 by default.
   * @throws {ConfigurationError} when `timeout` is no finite number of at least 1.
   */
  async flush(options: TimeoutOptions = {}): Promise<void> {
    await this.#handle.flush(options);
  }

  /**
   * Closes this client: it serves defaults from now on. The last client of an SDK key sends what waits, within the
   * time-out, and ends the connection and all timers. May be called twice.
   *
   * @param options `timeout` in ms; 5,000 by default.
   * @throws {ConfigurationError} when `timeout` is no finite number of at least 1; it is not closed then.
   */
  async close(options: TimeoutOptions = {}): Promise<void> {
    await this.#handle.close(options);
  }

  /** As {@linkcode close}: for `await using client = …`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Listens for changes of flags (`"update"`) or of the client's status (`"status"`). A client that is listened to is
   * kept, connection and all, even when nothing else refers to it: end that, or close it.
   *
   * @param event What to listen for.
   * @param listener Is told, at once; one that throws, or whose promise is rejected, is warned about and disturbs nobody.
   * @returns A function that ends it.
   * @throws {TypeError} when there is no such event.
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
   * Ends what {@linkcode on} began.
   *
   * @param event What was listened for.
   * @param listener The same function.
   * @throws {TypeError} when there is no such event.
   */
  off<E extends keyof ClientListeners>(event: E, listener: ClientListeners[E]): void {
    this.#handle.off(event, listener);
  }

  /**
   * Sets what a flag of a test client serves from now on.
   *
   * @param key The flag; one that is new is added.
   * @param value Its value; JSON.
   * @throws {FeatureflipError} with code `NOT_A_TEST_CLIENT` on every client that `forTesting` did not make.
   * @throws {TypeError} when the value is no JSON.
   */
  setTestValue<Key extends FlagKey<Flags>>(key: Key, value: FlagDefault<Flags, Key, unknown>): void {
    this.#handle.setTestFlag(testFlag(key, value));
  }

  #read<T>(
    key: string,
    context: ContextInput,
    defaultValue: T,
    expected: ExpectedType,
    options: VariationOptions | undefined,
  ): T {
    const handle = this.#handle;
    const record = isTracked(options, true);
    return handle.evaluate(handle.flags, key, context, defaultValue, expected, record).value;
  }
}

function createHandle(
  options: FeatureflipOptions,
  runtime: Runtime,
  differing?: Partial<CoreOptions>,
): Handle {
  const { core, handle } = resolveOptions(options, (name) => runtime.env(name));
  return new Handle(coreFor({ ...core, ...differing }, runtime, handle.logger), handle);
}

/**
 * The constructor takes handles too, unseen by its callers: it is how a client is made from within. A class that names
 * itself is renamed by bundlers, and `console.log` tells.
 */
function clientOf<Flags extends object>(given: FeatureflipOptions | Handle): FeatureflipClient<Flags> {
  return new FeatureflipClient(given as FeatureflipOptions);
}
