import type { Flag } from "../contract/flag.ts";
import type { JsonValue } from "../contract/wire.ts";
import { FeatureflipError } from "../errors/featureflip-error.ts";
import { quote } from "../errors/format.ts";
import { InitializationError } from "../errors/initialization-error.ts";
import { readOwnAttribute } from "../evaluation/evaluation-context.ts";
import type { ContextInput, EvaluationContext } from "../evaluation/evaluation-context.ts";
import type { EvaluationDetail } from "../evaluation/evaluation-detail.ts";
import type { EvaluationTrace } from "../evaluation/evaluation-trace.ts";
import { errorOutcome } from "../evaluation/outcome.ts";
import type { Outcome } from "../evaluation/outcome.ts";
import { createEvaluationEvent, createInspectorNotifier } from "../events/inspectors.ts";
import type { EvaluationEvent } from "../events/inspectors.ts";
import { log } from "../runtime/logger.ts";
import type { WaitUntil } from "../runtime/runtime.ts";
import { NOT_FOUND, outcomeOf } from "../store/flag-set.ts";
import type { FlagSet } from "../store/flag-set.ts";
import { settleDetail } from "./apply-default.ts";
import type { ExpectedType } from "./apply-default.ts";
import type { ClientListeners, Share, Ticket } from "./attachments.ts";
import { createContextClient } from "./context-client.ts";
import type { ContextClient } from "./context-client.ts";
import type { Core, InitializationOptions, TimeoutOptions } from "./core.ts";
import { mergeContexts } from "./merge-contexts.ts";
import type { VariationOptions } from "./options.ts";
import { timeoutOf } from "./resolve-options.ts";
import type { HandleOptions } from "./resolve-options.ts";
import type { ClientStatus } from "./status.ts";

const EMPTY_CONTEXT: EvaluationContext = Object.freeze({});

/** What one `FeatureflipClient` is made of: its share of a core, and what it does with it. */
export class Handle {
  readonly #core: Core;
  readonly #share: Share;
  readonly #ticket: Ticket;
  readonly #notifyInspectors: ((event: EvaluationEvent) => void) | undefined;
  /** Whether evaluations become events: reading a user id for nobody is most of what a simple flag takes. */
  readonly #recordsEvaluations: boolean;
  readonly #defaultContext: EvaluationContext | undefined;
  #closed = false;

  constructor(core: Core, { inspectors, logger, waitUntil }: HandleOptions) {
    this.#core = core;
    this.#share = { logger, waitUntil, listeners: { update: new Set(), status: new Set() } };
    this.#ticket = core.attach(this.#share);
    this.#notifyInspectors = createInspectorNotifier(inspectors, logger);
    this.#recordsEvaluations = core.events.recordsEvaluations;
    this.#defaultContext = core.options.defaultContext;
    dropped?.register(this.#share, { core, ticket: this.#ticket }, this.#share);
  }

  /** What evaluations see now; `null` when there is nothing, or the handle is closed. */
  get flags(): FlagSet | null {
    return this.#closed ? null : this.#core.flags;
  }

  /** The core's status; a closed handle serves nothing, whatever the core has. */
  get status(): ClientStatus {
    const status = this.#core.status();
    return this.#closed ? Object.freeze({ ...status, state: "NOT_READY" }) : status;
  }

  /**
   * Evaluates a flag for a caller (contract §3.1). Never throws.
   *
   * @param record Whether an analytics event is recorded.
   * @param waitUntil Of the request it is for.
   */
  evaluate<T>(
    flags: FlagSet | null,
    key: string,
    context: ContextInput,
    defaultValue: T,
    expected: ExpectedType,
    record: boolean,
    waitUntil?: WaitUntil,
  ): EvaluationDetail<T> {
    const attributes = this.contextOf(context);
    const outcome = flags === null ? this.#unserved() : outcomeOf(flags, key, attributes);
    const detail = settleDetail(outcome, key, defaultValue, expected);
    if (detail.error !== undefined) {
      const { code, message } = detail.error;
      this.#warnOnce(flags === null ? code : `${code} ${key}`, message);
    }
    if (record && flags !== null) {
      if (this.#recordsEvaluations) this.#record(key, attributes, detail);
      this.#deliver(waitUntil); // events of other kinds may wait too
    }
    if (this.#notifyInspectors !== undefined && !this.#closed) {
      this.#notifyInspectors(createEvaluationEvent(key, attributes, detail, flags, this.#core.now()));
    }
    return detail;
  }

  /** Tells each step of an evaluation (contract §3.1), and records nothing. Never throws. */
  explain(key: string, context: ContextInput): EvaluationTrace {
    const { flags } = this;
    const attributes = this.contextOf(context);
    const untraced = (detail: Outcome): EvaluationTrace => ({ key, detail, prerequisites: [], rules: [] });
    if (flags === null) return untraced(this.#unserved());
    try {
      return flags.explain(key, attributes) ?? untraced(NOT_FOUND);
    } catch {
      return untraced(outcomeOf(flags, key, attributes));
    }
  }

  /** The attributes that count: the caller's over the default context's. */
  contextOf(context: ContextInput): EvaluationContext {
    let own = (context ?? EMPTY_CONTEXT) as EvaluationContext;
    if (typeof own !== "object") {
      // The types refuse it; in JavaScript it may be an id, or the default in the wrong place.
      this.#warnOnce(
        "context",
        `A context must be an object of attributes, such as { user_id: "u-123" }: what is given (a ${typeof own}) counts as an empty one`,
      );
      own = EMPTY_CONTEXT;
    }
    return this.#defaultContext === undefined ? own : mergeContexts(this.#defaultContext, own);
  }

  /** Binds a context, and the `waitUntil` of the request it is for. */
  bind(
    context: ContextInput,
    waitUntil?: WaitUntil | undefined,
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
    this.#core.events.recordCustom(eventName, this.#userIdOf(this.contextOf(context)), metadata);
    this.#deliver(waitUntil);
  }

  /** Records who the user is (contract §5). */
  identify(context: ContextInput, waitUntil?: WaitUntil): void {
    if (this.#closed) return;
    const attributes = this.contextOf(context);
    this.#core.events.recordIdentify(this.#userIdOf(attributes), attributes);
    this.#deliver(waitUntil);
  }

  on<E extends keyof ClientListeners>(event: E, listener: ClientListeners[E]): void {
    const listeners = this.#listeners(event);
    if (this.#closed) return;
    listeners.add(listener);
    this.#core.listenersChanged(this.#share);
  }

  off<E extends keyof ClientListeners>(event: E, listener: ClientListeners[E]): void {
    this.#listeners(event).delete(listener);
    this.#core.listenersChanged(this.#share);
  }

  async waitForInitialization(options?: InitializationOptions | null): Promise<void> {
    const timeout = timeoutOf(options);
    const waitUntil = this.#share.waitUntil ?? options?.waitUntil;
    if (!this.#closed) await this.#core.waitForInitialization(this.#ticket, { timeout, waitUntil });
    if (this.#closed) throw new InitializationError("The client is closed");
  }

  /** Hands to the request's `waitUntil` what lets the events leave, unless another request sees to it. */
  deliverWhenDue(waitUntil: WaitUntil | undefined): void {
    if (!this.#closed) this.#core.events.deliverWhenDue(this.#share.waitUntil ?? waitUntil);
  }

  async refresh(): Promise<void> {
    if (this.#closed) throw new FeatureflipError("CLIENT_CLOSED", "The client is closed");
    await this.#core.refresh();
  }

  /** @throws {FeatureflipError} with code `NOT_A_TEST_CLIENT`. */
  setTestFlag(flag: Flag): void {
    if (this.#core.options.mode !== "test") {
      const message = "setTestValue() works on clients made by forTesting() only";
      throw new FeatureflipError("NOT_A_TEST_CLIENT", message);
    }
    this.#core.put(flag);
  }

  async flush(options?: TimeoutOptions | null): Promise<void> {
    const timeout = timeoutOf(options);
    if (!this.#closed) await this.#core.events.flush({ timeout });
  }

  async close(options?: TimeoutOptions | null): Promise<void> {
    const timeout = timeoutOf(options);
    this.#closed = true;
    dropped?.unregister(this.#share);
    for (const listeners of Object.values(this.#share.listeners)) listeners.clear();
    this.#core.listenersChanged(this.#share);
    await this.#core.release(this.#ticket, timeout);
  }

  #listeners<E extends keyof ClientListeners>(event: E): Set<ClientListeners[E]> {
    const { listeners } = this.#share;
    if (Object.hasOwn(listeners, event)) return listeners[event];
    throw new TypeError(
      `There is no event ${quote(String(event))}; there are: ${Object.keys(listeners).join(", ")}`,
    );
  }

  /** The user id as events carry it (contract §5); `undefined` when there is none. */
  #userIdOf(context: EvaluationContext): string | undefined {
    const underscored = readOwnAttribute(context, "user_id");
    const camelCased = readOwnAttribute(context, "userId");
    const userId = underscored ?? camelCased;
    if (underscored !== undefined && camelCased !== undefined && String(underscored) !== String(camelCased)) {
      const message = "A context names both 'user_id' and 'userId', and they differ: " +
        "rollouts and events may use different ones";
      this.#warnOnce("user id", message);
    }
    return userId === undefined ? undefined : String(userId);
  }

  #record(key: string, context: EvaluationContext, detail: EvaluationDetail<unknown>): void {
    const { variationKey, prerequisiteKey } = detail;
    this.#core.events.recordEvaluation(key, this.#userIdOf(context), variationKey, prerequisiteKey);
  }

  /** Events ride on the request that recorded them, if it has a `waitUntil`. */
  #deliver(given: WaitUntil | undefined): void {
    const waitUntil = this.#share.waitUntil ?? given;
    if (waitUntil !== undefined) this.#core.events.deliverWhenDue(waitUntil);
  }

  #unserved(): Outcome {
    const why = this.#closed ? "The client is closed" : "No flags have arrived yet";
    const code = this.#closed ? "CLIENT_CLOSED" : "CLIENT_NOT_READY";
    return errorOutcome(code, `${why}: evaluations get their defaults`);
  }

  #warnOnce(topic: string, message: string): void {
    if (this.#core.isFirst(topic)) log(this.#share.logger, "warn", message);
  }
}

/**
 * Gives the share of a handle back that was dropped without `close()`. A safety net: finalizers may never run, and some
 * runtimes have none (contract §6).
 */
const dropped = typeof FinalizationRegistry === "function"
  ? new FinalizationRegistry<{ readonly core: Core; readonly ticket: Ticket }>(({ core, ticket }) => {
    core.drop(ticket);
  })
  : undefined;

/** Whether an evaluation becomes an event. What a caller hands in can not make it throw (contract §3): it then says nothing. */
export function isTracked(options: VariationOptions | undefined, byDefault: boolean): boolean {
  // Nearly always, and then nothing has to be guarded.
  if (options === undefined) return byDefault;
  try {
    return options?.track ?? byDefault;
  } catch {
    return byDefault;
  }
}

/** The values of all flags that serve one, in a record without a prototype: `__proto__` is an ordinary key (contract §2.1). */
export function collectValues(
  flags: FlagSet | null,
  context: EvaluationContext,
): Record<string, JsonValue> {
  const values: Record<string, JsonValue> = Object.create(null);
  if (flags === null) return values;
  for (const key of flags.keys()) {
    const { value } = outcomeOf(flags, key, context);
    if (value !== undefined) values[key] = value;
  }
  return values;
}
