import type { JsonValue } from "../contract/wire.ts";
import { checkOptions, secondsWarning, timeoutOf } from "../errors/check-option.ts";
import type { OptionRules } from "../errors/check-option.ts";
import { FeatureflipError } from "../errors/featureflip-error.ts";
import { kindOf, messageOf, quote } from "../errors/format.ts";
import { InitializationError } from "../errors/initialization-error.ts";
import { mergeContexts, readOwnAttribute } from "../evaluation/evaluation-context.ts";
import type { ContextInput, EvaluationContext } from "../evaluation/evaluation-context.ts";
import type { EvaluationDetail, Outcome } from "../evaluation/outcome.ts";
import type { EvaluationTrace } from "../evaluation/explain.ts";
import { mistakenKind, pendingNote, takeNote } from "../evaluation/context-notes.ts";
import { errorOutcome } from "../evaluation/outcome.ts";
import { NO_EVENTS } from "../events/event-processor.ts";
import { createEvaluationEvent, createInspectorNotifier } from "../events/inspectors.ts";
import type { InspectedEvaluation } from "../events/inspectors.ts";
import { log } from "../runtime/logger.ts";
import type { WaitUntil } from "../runtime/runtime.ts";
import { explainFlag, outcomeOf, untraced } from "../store/flag-set.ts";
import type { FlagSet } from "../store/flag-set.ts";
import { applyDefault, expectedTypeOf } from "./apply-default.ts";
import type { ExpectedType } from "./apply-default.ts";
import { callListeners } from "./attachments.ts";
import type { Attachment, AttachmentRef, ClientListeners } from "./attachments.ts";
import type { ContextClient } from "./context-client.ts";
import type { Core, TimeoutOptions } from "./core.ts";
import { nearestKey } from "./nearest-key.ts";
import type { ClientStatus, VariationOptions } from "./options.ts";
import type { HandleOptions } from "./resolve-options.ts";
import type { AnyFlags, FlagValue } from "./typed-flags.ts";

const EMPTY_CONTEXT: EvaluationContext = Object.freeze({});

/** The part of one client that holds its own options: logger, inspectors, listeners and `waitUntil` (contract §6). */
export class Handle {
  /** What it shares with other handles of its SDK key and base URL. */
  declare readonly core: Core;
  readonly #attachment: Attachment;
  readonly #ref: AttachmentRef;
  readonly #notifyInspectors: ((event: InspectedEvaluation) => void) | undefined;
  /** Whether evaluations become events. If not, no user id is read, which is most of a simple flag's time (bench: simple). */
  readonly #recordsEvaluations: boolean;
  /** Whether evaluations are recorded or inspected. If not, nothing follows an evaluation (bench: simple). */
  declare readonly isObserved: boolean;
  readonly #defaultContext: EvaluationContext | undefined;
  /** Whether nothing is known yet that delivers events after a response, where timers do not outlive it. */
  #lacksWaitUntil: boolean;
  #closed = false;

  constructor(core: Core, { inspectors, logger, waitUntil }: HandleOptions) {
    this.core = core;
    this.#attachment = { logger, waitUntil, listeners: { update: new Set(), status: new Set() } };
    this.#ref = core.attachments.add(this.#attachment);
    this.#notifyInspectors = createInspectorNotifier(inspectors, logger);
    this.#recordsEvaluations = core.events.recordsEvaluations;
    const sendsEvents = core.events !== NO_EVENTS;
    this.isObserved = sendsEvents || this.#notifyInspectors !== undefined;
    this.#defaultContext = core.defaultContext;
    this.#lacksWaitUntil = waitUntil === undefined && !core.runtime.hasBackground && sendsEvents;
  }

  /** The flags that evaluations use now; `null` while there are none, and after `close()`. */
  get flags(): FlagSet | null {
    return this.#closed ? null : this.core.flags;
  }

  /** The core's status; a closed handle is `NOT_READY` and has no source, version and age, whatever the core has. */
  get status(): ClientStatus {
    const status = this.core.status();
    if (!this.#closed) return status;
    const { source: _source, version: _version, age: _age, ...others } = status;
    return Object.freeze({ ...others, state: "NOT_READY", isClosed: true });
  }

  /** Evaluates a flag (contract §3.1). Never throws, and logs each kind of error once. Records nothing. */
  evaluate<T>(
    flags: FlagSet | null,
    key: string,
    attributes: EvaluationContext,
    defaultValue: T,
    expected: ExpectedType,
  ): EvaluationDetail<T> {
    const outcome = flags === null ? this.#unserved() : outcomeOf(flags, key, attributes);
    const detail = applyDefault(outcome, key, defaultValue, expected);
    // What is rare has a function of its own, here and below: engines inline small functions only (bench: simple).
    if (detail !== outcome || detail.error !== undefined) this.#warnOfDetail(detail, flags, key);
    return detail;
  }

  /** Whether an evaluation is recorded as an event. Never throws (contract §3): wrong options are logged once. */
  isTracked(options: VariationOptions | null | undefined, byDefault: boolean): boolean {
    return options === undefined ? byDefault : this.#trackOf(options, byDefault);
  }

  #trackOf(options: VariationOptions | null, byDefault: boolean): boolean {
    try {
      const track = options?.track;
      if (typeof track === "boolean") return track;
      const rules: OptionRules<{ track: boolean }> = { track: [byDefault, "true or false", () => false] };
      return checkOptions("read flag", options ?? {}, rules).track;
    } catch (error) {
      this.warnOnce("track", messageOf(error));
      return byDefault;
    }
  }

  /** Records an evaluation as an analytics event (contract §5); without flags, nothing. A minor one is shed first. */
  record(
    flags: FlagSet | null,
    key: string,
    attributes: EvaluationContext,
    detail: EvaluationDetail<unknown>,
    waitUntil?: WaitUntil,
    isMinor?: boolean,
  ): void {
    if (flags === null) return;
    try {
      if (this.#recordsEvaluations) {
        const { variationKey, error } = detail;
        // A typed read that applied the default does not name the prerequisite that failed; its event does (contract §5).
        const { prerequisiteKey } = error === undefined ? detail : outcomeOf(flags, key, attributes);
        const user = this.#userIdOf(attributes);
        this.core.events.recordEvaluation(key, user, variationKey, prerequisiteKey, isMinor);
      }
      this.#deliver(waitUntil); // events of other kinds may be waiting too
    } catch (error) {
      this.#warnOfFailure("record", error);
    }
  }

  /** Calls the inspectors with an evaluation. */
  inspect(
    flags: FlagSet | null,
    key: string,
    attributes: EvaluationContext,
    detail: EvaluationDetail<unknown>,
  ): void {
    if (this.#notifyInspectors === undefined || this.#closed) return;
    try {
      this.#notifyInspectors(
        createEvaluationEvent(key, attributes, detail, flags, this.core.runtime.scheduler.now()),
      );
    } catch (error) {
      this.#warnOfFailure("inspect", error);
    }
  }

  /** Explains each step of an evaluation (contract §3.1). Never throws, and records nothing. */
  explain(key: string, context: ContextInput): EvaluationTrace {
    const { flags } = this;
    return flags === null
      ? untraced(key, this.#unserved())
      : explainFlag(flags, key, this.contextOf(context));
  }

  /** The attributes of a caller's context, merged over the default context. */
  contextOf(context: ContextInput): EvaluationContext {
    const isComplete = this.#defaultContext === undefined && typeof context === "object" && context !== null;
    return isComplete ? context as EvaluationContext : this.#completeContext(context);
  }

  #completeContext(context: ContextInput): EvaluationContext {
    let own = (context ?? EMPTY_CONTEXT) as EvaluationContext;
    if (typeof own !== "object") {
      // The types refuse it. In JavaScript it may be a user id, or the default in the wrong place.
      this.#warnOfContext(`a ${typeof own}`);
      own = EMPTY_CONTEXT;
    }
    if (this.#defaultContext === undefined) return own;
    this.#warnOfContext(mistakenKind(own));
    return mergeContexts(this.#defaultContext, own);
  }

  /** The values of all flags that serve one. */
  allFlags(flags: FlagSet | null, attributes: EvaluationContext): Record<string, JsonValue> {
    return flags === null ? {} : flags.values(attributes);
  }

  /** Creates a client for one context, and for the request that `waitUntil` belongs to. */
  bind(
    context: ContextInput,
    waitUntil?: WaitUntil,
  ): ContextClient {
    return createContextClient(this, context, waitUntil);
  }

  /** Records a custom event (contract §5). */
  track(
    eventName: string,
    context: ContextInput,
    metadata: object | undefined,
    waitUntil?: WaitUntil,
  ): void {
    if (this.#closed) return;
    this.core.events.recordCustom(eventName, this.#userIdOf(this.contextOf(context)), metadata);
    this.#deliver(waitUntil);
  }

  /** Records an identify event (contract §5). */
  identify(context: ContextInput, waitUntil?: WaitUntil): void {
    if (this.#closed) return;
    const attributes = this.contextOf(context);
    this.core.events.recordIdentify(this.#userIdOf(attributes), attributes);
    this.#deliver(waitUntil);
  }

  on<E extends keyof ClientListeners>(event: E, listener: ClientListeners[E]): void {
    const listeners = this.#listeners(event);
    if (typeof listener !== "function") {
      throw new TypeError(`Cannot add listener: it must be a function, but is ${kindOf(listener)}`);
    }
    if (this.#closed) return;
    listeners.add(listener);
    this.core.attachments.listenersChanged(this.#attachment);
  }

  off<E extends keyof ClientListeners>(event: E, listener: ClientListeners[E]): void {
    this.#listeners(event).delete(listener);
    this.core.attachments.listenersChanged(this.#attachment);
  }

  /** Waits for flags; `given` is the `waitUntil` of the request, which keeps a refresh alive after the response. */
  async waitForInitialization(options?: TimeoutOptions | null, given?: WaitUntil): Promise<void> {
    const timeout = this.#timeoutOf("wait for flags", options);
    const waitUntil = this.#attachment.waitUntil ?? given;
    if (waitUntil !== undefined) this.#lacksWaitUntil = false;
    if (!this.#closed) await this.core.waitForInitialization(this.#ref, timeout, waitUntil);
    if (this.#closed) throw new InitializationError("CLOSED", "The client is closed");
  }

  /** Passes the delivery of due events to the request's `waitUntil`, unless another request is delivering them. */
  deliverWhenDue(waitUntil: WaitUntil | undefined): void {
    if (!this.#closed) this.core.events.deliverWhenDue(this.#attachment.waitUntil ?? waitUntil);
  }

  async refresh(): Promise<void> {
    if (this.#closed) throw new FeatureflipError("CLIENT_CLOSED", "The client is closed");
    await this.core.refresh();
  }

  async flush(options?: TimeoutOptions | null): Promise<void> {
    const timeout = this.#timeoutOf("flush events", options, 0);
    if (!this.#closed) await this.core.events.flush(timeout);
  }

  async close(options?: TimeoutOptions | null): Promise<void> {
    const timeout = this.#closeTimeoutOf(options);
    if (!this.#closed) {
      this.#closed = true;
      callListeners(this.#attachment, "status", this.status);
    }
    for (const listeners of Object.values(this.#attachment.listeners)) listeners.clear();
    this.core.attachments.listenersChanged(this.#attachment);
    await this.core.release(this.#ref, timeout);
  }

  /** A wrong timeout must not leave the client open, nor make `close()` reject (contract §6): it is logged. */
  #closeTimeoutOf(options: TimeoutOptions | null | undefined): number | undefined {
    try {
      return this.#timeoutOf("close client", options, 0);
    } catch (error) {
      this.#warn(`${messageOf(error)}; closing with the default timeout`);
      return undefined;
    }
  }

  #timeoutOf(...args: Parameters<typeof timeoutOf>): number | undefined {
    const timeout = timeoutOf(...args);
    this.warnOfSeconds("timeout", timeout);
    return timeout;
  }

  /** Forgets this handle, on a request-scoped runtime: requests that have it go on, and its events stay in the core. */
  release(): void {
    this.core.drop(this.#ref);
  }

  #listeners<E extends keyof ClientListeners>(event: E): Set<ClientListeners[E]> {
    const { listeners } = this.#attachment;
    if (Object.hasOwn(listeners, event)) return listeners[event];
    throw new TypeError(
      `Unknown event ${this.core.redact(quote(String(event)))}. Known events: ${
        Object.keys(listeners).join(", ")
      }`,
    );
  }

  /** The user id of an event (contract §5); `undefined` when the context has none. */
  #userIdOf(context: EvaluationContext): string | undefined {
    const underscored = readOwnAttribute(context, "user_id");
    const camelCased = readOwnAttribute(context, "userId");
    const userId = underscored ?? camelCased;
    // An object: the next evaluation, of whichever client, must not log it.
    if (pendingNote !== undefined) this.core.warn(takeNote()!);
    if (underscored !== undefined && camelCased !== undefined && String(underscored) !== String(camelCased)) {
      const message = "The context has different values for 'user_id' and 'userId': " +
        "rollouts and events may use different ones";
      this.warnOnce("user id", message);
    }
    if (userId !== undefined) return String(userId);
    this.#warnOfContext(mistakenKind(context));
    return undefined;
  }

  /** Lets the request that recorded an event keep its delivery alive, if it has a `waitUntil`. */
  #deliver(given: WaitUntil | undefined): void {
    const waitUntil = this.#attachment.waitUntil ?? given;
    if (waitUntil !== undefined) this.core.events.deliverWhenDue(waitUntil);
    else if (this.#lacksWaitUntil) this.#findWaitUntil();
  }

  #findWaitUntil(): void {
    // Outside of a request nothing can be found.
    if (!this.core.isStarted || this.core.events.counters().waiting === 0) return;
    this.#lacksWaitUntil = false;
    if (this.core.runtime.waitUntil() !== undefined) return;
    const message =
      "Events wait for flush(): pass option 'waitUntil', so that they are sent after the response";
    this.warnOnce("waitUntil", message);
  }

  #unserved(): Outcome {
    return this.#closed
      ? errorOutcome("CLIENT_CLOSED", "The client is closed: evaluations return their defaults")
      : errorOutcome("CLIENT_NOT_READY", "No flags have arrived yet: evaluations return their defaults");
  }

  #warnOfDetail({ error, reason }: EvaluationDetail<unknown>, flags: FlagSet | null, key: string): void {
    if (error !== undefined) {
      this.warnOnce(flags === null ? error.code : `${error.code} ${key}`, error.message);
    } else if (reason === "FLAG_NOT_FOUND") this.#warnOfUnknown(flags!, key);
  }

  #warnOfUnknown(flags: FlagSet, key: string): void {
    if (typeof key !== "string") {
      this.warnOnce(
        "key",
        `Unknown flag: a key must be a string, but is ${kindOf(key)}. Returning the default`,
      );
      return;
    }
    // A test client has no environment, only the values of its test.
    if (!this.core.isFirst(`unknown ${key}`) || this.core.status().mode === "test") return;
    const similar = nearestKey(key, flags.keys());
    const hint = similar === undefined ? "check the key" : `did you mean ${quote(similar)}?`;
    this.#warn(`Unknown flag ${quote(key)}, returning the default: ${hint}`);
  }

  #warnOfContext(kind: string | undefined): void {
    if (kind === undefined) return;
    this.warnOnce(
      "context",
      `Using an empty context: a context must be an object of attributes, such as { user_id: "u-123" }, but is ${kind}`,
    );
  }

  /** Warns once of a time that was probably meant in seconds. */
  warnOfSeconds(option: string, time: number | undefined): void {
    const warning = secondsWarning(option, time);
    if (warning !== undefined) this.warnOnce("seconds", warning);
  }

  /** A clock or a timer that a test has replaced may throw; an evaluation must not (contract §3). */
  #warnOfFailure(action: "record" | "inspect", error: unknown): void {
    const message = `Cannot ${action} evaluations: ${
      messageOf(error)
    }. Were Date or timers replaced by a test?`;
    this.warnOnce(`failed to ${action}`, message);
  }

  /** Logs a warning once per topic and core. */
  warnOnce(topic: string, message: string): void {
    if (this.core.isFirst(topic)) this.#warn(message);
  }

  /** A flag's key in a message may be the SDK key in the wrong place. */
  #warn(message: string): void {
    log(this.#attachment.logger, "warn", this.core.redact(message));
  }
}

/**
 * Creates a client for one context. Its flags are pinned as soon as there are any.
 *
 * @param given The context; the handle's default context is merged into it.
 * @param waitUntil That of the request which the client is for: with it, events are also sent that are recorded while the
 * response streams.
 */
function createContextClient(
  handle: Handle,
  given: ContextInput,
  waitUntil: WaitUntil | undefined,
): ContextClient {
  const context = handle.contextOf(given);
  let pinned = handle.flags;

  /** The pinned flags; `null` when the handle is closed. */
  function currentFlags(): FlagSet | null {
    return handle.flags && (pinned ??= handle.flags);
  }

  function evaluate<T>(
    key: string,
    defaultValue: T,
    expected: ExpectedType,
    isRecorded: boolean,
  ): EvaluationDetail<T> {
    const flags = currentFlags();
    const detail = handle.evaluate(flags, key, context, defaultValue, expected);
    if (handle.isObserved) {
      if (isRecorded) handle.record(flags, key, context, detail, waitUntil);
      handle.inspect(flags, key, context, detail);
    }
    return detail;
  }

  function read<T>(key: string, defaultValue: T, expected: ExpectedType, options?: VariationOptions): T {
    return evaluate(key, defaultValue, expected, handle.isTracked(options, true)).value;
  }

  return {
    context,
    variation: <T>(key: string, defaultValue: T, options?: VariationOptions) =>
      read<unknown>(key, defaultValue, expectedTypeOf(defaultValue), options) as FlagValue<
        AnyFlags,
        string,
        T
      >,
    boolVariation: (key, defaultValue, options) => read(key, defaultValue, "boolean", options),
    stringVariation: <T>(key: string, defaultValue: T, options?: VariationOptions) =>
      read<unknown>(key, defaultValue, "string", options) as FlagValue<AnyFlags, string, T>,
    numberVariation: <T>(key: string, defaultValue: T, options?: VariationOptions) =>
      read<unknown>(key, defaultValue, "number", options) as FlagValue<AnyFlags, string, T>,
    jsonVariation: <T>(key: string, defaultValue: T, options?: VariationOptions) =>
      read<unknown>(key, defaultValue, undefined, options) as FlagValue<AnyFlags, string, T>,
    variationDetail: <T>(key: string, defaultValue: T, options?: VariationOptions) =>
      evaluate<unknown>(
        key,
        defaultValue,
        expectedTypeOf(defaultValue),
        handle.isTracked(options, false),
      ) as EvaluationDetail<FlagValue<AnyFlags, string, T>>,
    allFlags: () => handle.allFlags(currentFlags(), context),
    track: (eventName, metadata) => handle.track(eventName, context, metadata, waitUntil),
    identify: () => handle.identify(context, waitUntil),
  };
}
