import type {
  EvaluationContext,
  JsonValue,
  Provider,
  ProviderMetadata,
  ResolutionDetails,
  TrackingEventDetails,
} from "@openfeature/server-sdk";
import { clientHandle } from "../../client/client-handle.ts";
import { FeatureflipClient } from "../../client/client.ts";
import type { FeatureflipOptions } from "../../client/options.ts";
import type { ClientStatus } from "../../client/status.ts";
import { REQUEST_DEADLINE_MS } from "../../contract/limits.ts";
import type { ClientState } from "../../store/flag-state.ts";
import { awaitFlags } from "../shared/await-flags.ts";
import { ProviderEvents } from "./provider-events.ts";
import { toEvaluationContext } from "./to-evaluation-context.ts";
import { configurationChanged, toInitializationFailure, toProviderEvent } from "./to-provider-event.ts";
import { toResolutionDetails, toTypeMismatch } from "./to-resolution-details.ts";

const NAME = "featureflip";

/**
 * Featureflip behind OpenFeature's server SDK.
 *
 * The targeting key is the user id. Every evaluation is recorded, as `variation` does; flag metadata tells the flag's
 * `version`, the environment (`flagSetId`) and, where one decided, `ruleId` or `prerequisiteKey`.
 *
 * Where a request is all there is (Workers, Vercel's Edge runtime) the provider is ready at once, and flags are loaded and
 * refreshed by the evaluations that need them (contract §6.1). OpenFeature's SDK needs `nodejs_compat` on Workers.
 *
 * @example
 * ```ts
 * import { OpenFeature } from "@openfeature/server-sdk";
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { FeatureflipProvider } from "@featureflip/sdk/openfeature";
 *
 * const client = FeatureflipClient.forTesting({ "dark-mode": true }); // or the options of a client, left out: the environment's
 * await OpenFeature.setProviderAndWait(new FeatureflipProvider(client));
 * const dark = await OpenFeature.getClient().getBooleanValue("dark-mode", false, { targetingKey: "u-123" });
 * console.log(dark); // true
 * await OpenFeature.close();
 * ```
 */
export class FeatureflipProvider implements Provider {
  /** Its name. */
  readonly metadata: ProviderMetadata = Object.freeze({ name: NAME });
  /** It is made for servers: each evaluation brings its own context. */
  readonly runsOn = "server";
  /** Ready, stale, failed, or other flags than before. */
  readonly events: ProviderEvents = new ProviderEvents(NAME);
  /** The client behind it, for what OpenFeature has no words for. */
  readonly client: FeatureflipClient;
  readonly #ownsClient: boolean;
  /** Whether flags are loaded by the evaluations that need them. */
  readonly #isLazy: boolean;
  /** What OpenFeature has been told; `undefined` until `initialize()` has told the first. */
  #state: ClientState | undefined;

  /**
   * Makes a provider.
   *
   * @param client A client, which stays yours to close; or the options for one, which is closed with the provider.
   * @throws {ConfigurationError} when an option is missing, unknown or out of range.
   */
  constructor(client: FeatureflipClient | FeatureflipOptions = {}) {
    this.#ownsClient = !(client instanceof FeatureflipClient);
    this.client = client instanceof FeatureflipClient ? client : new FeatureflipClient(client);
    this.#isLazy = this.client.status.mode === "lazy";
  }

  /**
   * Waits for the first flags, for the client's `initTimeout`; called by OpenFeature.
   *
   * @throws {InitializationError} when they did not come; evaluations serve defaults until they do. An error of code
   * `PROVIDER_FATAL` when the SDK key is rejected and there is nothing to serve.
   */
  async initialize(): Promise<void> {
    // Before anything is waited for: an onClose() that comes meanwhile takes them off again.
    this.client.on("status", this.#tellStatus);
    this.client.on("update", this.#tellChanges);
    try {
      // What one request waits for another may not (contract §6.1).
      if (this.#isLazy) return;
      if (this.client.status.mode === "manual" && !this.client.isInitialized) await this.client.refresh();
      await this.client.waitForInitialization();
    } catch (error) {
      throw toInitializationFailure(error, this.client.status);
    } finally {
      // From here on: the first state is OpenFeature's to tell.
      this.#state = this.client.status.state;
    }
  }

  /** Ends it, and the client too if it is its own; called by OpenFeature. Events that wait are sent. */
  async onClose(): Promise<void> {
    this.client.off("status", this.#tellStatus);
    this.client.off("update", this.#tellChanges);
    await (this.#ownsClient ? this.client.close() : this.client.flush());
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

  /** Resolves a flag that serves objects or arrays, which are frozen; what is in them is the caller's to check. */
  async resolveObjectEvaluation<T extends JsonValue>(
    key: string,
    defaultValue: T,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<T>> {
    // `null` asks for no type, and stands where the default is to be served.
    const details = await this.#resolve<JsonValue>(key, null, context);
    const { value } = details;
    if (value === null) return { ...details, value: defaultValue };
    return typeof value === "object"
      ? { ...details, value: value as T }
      : toTypeMismatch(key, details, defaultValue);
  }

  /** Records that something happened (contract §5), with its `value` and all other details as metadata. */
  track(eventName: string, context: EvaluationContext, details: TrackingEventDetails): void {
    this.client.track(eventName, toEvaluationContext(context), details);
  }

  readonly #tellStatus = (status: ClientStatus): void => {
    if (this.#state === undefined || status.state === this.#state) return;
    this.#state = status.state;
    const { type, details } = toProviderEvent(status);
    this.events.emit(type, details);
  };

  readonly #tellChanges = (keys: readonly string[]): void => {
    const { type, details } = configurationChanged(keys);
    this.events.emit(type, details);
  };

  async #resolve<T>(key: string, defaultValue: T, context: EvaluationContext): Promise<ResolutionDetails<T>> {
    const { client } = this;
    if (this.#isLazy) await awaitFlags(client, { timeout: REQUEST_DEADLINE_MS, waitUntil: undefined });
    const { flags } = clientHandle(client);
    const detail = client.variationDetail<unknown>(key, toEvaluationContext(context), defaultValue, {
      track: true,
    });
    return toResolutionDetails(key, detail, flags) as ResolutionDetails<T>;
  }
}
