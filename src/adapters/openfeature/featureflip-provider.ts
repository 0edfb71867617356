import type {
  AnyProviderEvent,
  EvaluationContext,
  JsonValue,
  Provider,
  ProviderEventEmitter,
  ProviderMetadata,
  ResolutionDetails,
  TrackingEventDetails,
} from "@openfeature/server-sdk";
import { FeatureflipClient } from "../../client/client.ts";
import type { FeatureflipClientLike } from "../../client/client.ts";
import { clientHandle } from "../../client/internals.ts";
import type { ClientStatus, FeatureflipOptions } from "../../client/options.ts";
import type { AnyFlags } from "../../client/typed-flags.ts";
import { REQUEST_DEADLINE_MS } from "../../contract/limits.ts";
import type { ClientState } from "../../store/flag-state.ts";
import { awaitFlags } from "../shared/await-flags.ts";
import { checkClientChoice } from "../shared/client-pool.ts";
import { toEvaluationContext, toResolutionDetails, toTypeMismatch } from "./conversions.ts";
import {
  configurationChanged,
  ProviderEvents,
  toInitializationFailure,
  toOutcome,
  toProviderEvent,
} from "./provider-events.ts";

const NAME = "featureflip";

/**
 * Options of {@linkcode FeatureflipProvider}.
 *
 * @example
 * ```ts
 * import { FeatureflipProvider } from "@featureflip/sdk/openfeature";
 * import type { FeatureflipProviderOptions } from "@featureflip/sdk/openfeature";
 *
 * const options: FeatureflipProviderOptions = { clientOptions: { sdkKey: "sdk-dev-abc123", mode: "manual" } };
 * const provider = new FeatureflipProvider(options);
 * await provider.onClose();
 * ```
 */
export interface FeatureflipProviderOptions<Flags extends object = AnyFlags> {
  /** The client to use, such as one of `forTesting`, which the caller closes; by default the provider makes one. */
  readonly client?: FeatureflipClientLike<Flags> | undefined;
  /**
   * Options of the client that is made, and closed with the provider; the environment variables by default. Not together
   * with `client`.
   */
  readonly clientOptions?: FeatureflipOptions | undefined;
  /** In mode `"lazy"`: how long an evaluation waits for the first flags, in ms; 3,000 by default. */
  readonly timeout?: number | undefined;
}

/**
 * A provider for OpenFeature's server SDK.
 *
 * The targeting key is the user id. Every evaluation is recorded, as by `variation`. Flag metadata contains the flag's
 * `version`, the environment (`flagSetId`) and, where one decided, `ruleId` or `prerequisiteKey`.
 *
 * On request-scoped runtimes (Workers, Vercel Edge) the provider is ready at once, and evaluations load and refresh the
 * flags they need (contract §6.1). OpenFeature's SDK needs `nodejs_compat` on Workers.
 *
 * @example
 * ```ts
 * import { OpenFeature } from "@openfeature/server-sdk";
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { FeatureflipProvider } from "@featureflip/sdk/openfeature";
 *
 * const client = FeatureflipClient.forTesting({ "dark-mode": true }); // or options; without either, the environment variables
 * await OpenFeature.setProviderAndWait(new FeatureflipProvider({ client }));
 * const dark = await OpenFeature.getClient().getBooleanValue("dark-mode", false, { targetingKey: "u-123" });
 * console.log(dark); // true
 * await OpenFeature.close();
 * ```
 */
export class FeatureflipProvider<Flags extends object = AnyFlags> implements Provider {
  /** The provider's name. */
  readonly metadata: ProviderMetadata = Object.freeze({ name: NAME });
  /** The provider is for servers, where each evaluation has its own context. */
  readonly runsOn = "server";
  /** Emits when the provider becomes ready, stale or failed, and when flags change. */
  readonly events: ProviderEventEmitter<AnyProviderEvent>;
  readonly #events = new ProviderEvents(NAME, () => this.#restartAfterShutdown());
  readonly #makeClient: (() => FeatureflipClientLike<Flags>) | undefined;
  #client: FeatureflipClientLike<Flags>;
  readonly #timeout: number;
  /** Whether flags are loaded by the evaluations that need them. */
  readonly #isLazy: boolean;
  /** The state that was last emitted; `undefined` until `initialize()` has settled. */
  #state: ClientState | undefined;
  #isShutDown = false;
  /** Settles when an initialization has ended that OpenFeature did not call. */
  #restart: Promise<void> | undefined;

  /**
   * Creates a provider.
   *
   * @param options A client, or the options of one; by default one is made from the environment variables.
   * @throws {ConfigurationError} when an option is missing, unknown or out of range, or both `client` and `clientOptions` are
   * given.
   */
  constructor(options: FeatureflipProviderOptions<Flags> = {}) {
    const timeout = checkClientChoice("create provider", options);
    const { client, clientOptions } = options;
    this.events = this.#events;
    if (client === undefined) this.#makeClient = () => new FeatureflipClient<Flags>(clientOptions);
    this.#timeout = timeout ?? REQUEST_DEADLINE_MS;
    this.#client = client ?? new FeatureflipClient<Flags>(clientOptions);
    this.#isLazy = this.#client.status.mode === "lazy";
  }

  /**
   * The client behind the provider, for calls that OpenFeature does not offer. A provider that made its client, and is
   * initialized again after it was closed, has a new one.
   */
  get client(): FeatureflipClientLike<Flags> {
    return this.#client;
  }

  /** Always `false`: one provider can serve several domains. OpenFeature reads this whenever the provider is set. */
  get domainScoped(): boolean {
    this.#restartAfterShutdown();
    return false;
  }

  /**
   * Waits for the first flags, for the client's `initTimeout`, and emits the outcome; called by OpenFeature.
   *
   * @throws {InitializationError} when they did not arrive in time; evaluations return defaults until they do. An error with
   * code `PROVIDER_FATAL` when the SDK key is rejected and there are no flags to serve.
   */
  async initialize(): Promise<void> {
    // After a shutdown a provider is as before its initialization (2.5.2).
    if (this.#client.status.isClosed && this.#makeClient !== undefined) this.#client = this.#makeClient();
    this.#isShutDown = false;
    const client = this.#client;
    const emitOutcome = this.#events.begin();
    this.#state = undefined;
    // Before any await: an onClose() during the wait removes them again.
    client.on("status", this.#emitStatus);
    client.on("update", this.#emitChanges);
    let failure: unknown;
    try {
      // A promise of one request must not be awaited by another (contract §6.1).
      if (!this.#isLazy || client.status.isClosed) await start(client);
    } catch (error) {
      failure = toInitializationFailure(error, client.status);
    }
    if (client === this.#client) {
      this.#state = client.status.state;
      emitOutcome(toOutcome(failure));
    }
    if (failure !== undefined) throw failure;
  }

  /** Closes the provider, and its client if it made it; called by OpenFeature. Waiting events are sent. */
  async onClose(): Promise<void> {
    this.#isShutDown = true;
    this.#client.off("status", this.#emitStatus);
    this.#client.off("update", this.#emitChanges);
    await (this.#makeClient !== undefined ? this.#client.close() : this.#client.flush());
  }

  /** Resolves a flag that serves booleans. */
  resolveBooleanEvaluation(
    key: string,
    defaultValue: boolean,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<boolean>> {
    return this.#resolve(key, defaultValue, context);
  }

  /** Resolves a flag that serves strings. */
  resolveStringEvaluation(
    key: string,
    defaultValue: string,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<string>> {
    return this.#resolve(key, defaultValue, context);
  }

  /** Resolves a flag that serves numbers. */
  resolveNumberEvaluation(
    key: string,
    defaultValue: number,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<number>> {
    return this.#resolve(key, defaultValue, context);
  }

  /** Resolves a flag that serves objects or arrays, which are frozen. Their contents are not checked. */
  async resolveObjectEvaluation<T extends JsonValue>(
    key: string,
    defaultValue: T,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<T>> {
    // A `null` default asks for no type, and marks where the caller's default belongs.
    const details = await this.#resolve<JsonValue>(key, null, context);
    const { value } = details;
    if (value === null) return { ...details, value: defaultValue };
    return typeof value === "object"
      ? { ...details, value: value as T }
      : toTypeMismatch(key, details, defaultValue);
  }

  /** Records a custom event (contract §5), with its `value` and all other details as metadata. */
  track(eventName: string, context: EvaluationContext, details: TrackingEventDetails): void {
    this.client.track(eventName, this.#contextOf(context), details);
  }

  /**
   * OpenFeature's SDK keeps a provider registered that `OpenFeature.close()` shut down. When the provider is set again, the SDK
   * (1.23) does not call `initialize()`: for another domain it adds its handlers, for the same one it only looks at the provider.
   */
  #restartAfterShutdown(): void {
    if (!this.#isShutDown || this.#restart !== undefined) return;
    // An SDK that initializes the provider does so in this tick.
    this.#restart = Promise.resolve()
      .then(() => this.#isShutDown ? this.initialize() : undefined)
      .catch(() => {}) // emitted by initialize()
      .finally(() => this.#restart = undefined);
  }

  #contextOf(context: EvaluationContext): ReturnType<typeof toEvaluationContext> {
    return toEvaluationContext(
      context,
      (topic, message) => clientHandle(this.client).warnOnce(topic, message),
    );
  }

  readonly #emitStatus = (status: ClientStatus): void => {
    if (this.#state === undefined || status.state === this.#state) return;
    this.#state = status.state;
    const { type, details } = toProviderEvent(status);
    this.#events.emit(type, details);
  };

  readonly #emitChanges = (keys: readonly string[]): void => {
    const { type, details } = configurationChanged(keys);
    this.#events.emit(type, details);
  };

  async #resolve<T>(key: string, defaultValue: T, context: EvaluationContext): Promise<ResolutionDetails<T>> {
    if (this.#restart !== undefined) await this.#restart;
    const client = this.client as unknown as FeatureflipClientLike;
    if (this.#isLazy) await awaitFlags(client, { timeout: this.#timeout, waitUntil: undefined });
    const { flags } = clientHandle(client);
    const detail = client.variationDetail<unknown>(key, this.#contextOf(context), defaultValue, {
      track: true,
    });
    return toResolutionDetails(key, detail, flags) as ResolutionDetails<T>;
  }
}

/** Waits for the first flags. In manual mode, only a call fetches them. */
async function start(
  client: Pick<FeatureflipClientLike, "status" | "isInitialized" | "refresh" | "waitForInitialization">,
): Promise<void> {
  if (client.status.mode === "manual" && !client.isInitialized) await client.refresh();
  await client.waitForInitialization();
}
