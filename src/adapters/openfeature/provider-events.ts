import type {
  AnyProviderEvent,
  ErrorCode,
  EventContext,
  EventDetails,
  EventHandler,
  Logger,
  ProviderEventEmitter,
} from "@openfeature/server-sdk";
import type { ClientStatus } from "../../client/options.ts";
import { messageOf } from "../../errors/format.ts";

/** The events of a provider. OpenFeature's own emitter needs Node's, which a Worker lacks by default. */
export class ProviderEvents implements ProviderEventEmitter<AnyProviderEvent> {
  readonly #providerName: string;
  readonly #handlers = new Map<AnyProviderEvent, EventHandler[]>();
  /** Handlers that were added while `initialize()` was called; `undefined` at other times. */
  #added: EventHandler[] | undefined;
  #logger: Logger | undefined;
  readonly #onAttach: (() => void) | undefined;

  /** Creates an emitter without handlers. `onAttach` is called when one for `PROVIDER_READY` is added, as each SDK does first. */
  constructor(providerName: string, onAttach?: () => void) {
    this.#providerName = providerName;
    this.#onAttach = onAttach;
  }

  /** Calls the handlers of an event. One that fails does not affect the others. */
  emit(type: AnyProviderEvent, details?: EventContext): void {
    this.#emit(type, details, []);
  }

  /**
   * Starts an initialization; returns the function that emits its outcome (OpenFeature 2.8.2, 2.8.3).
   *
   * OpenFeature's SDKs before that rule report the outcome themselves, to handlers that they add right after they called
   * `initialize()`. Those handlers do not receive it twice. An SDK that relies on the provider listens before.
   */
  begin(): (outcome: ProviderEvent) => void {
    const added: EventHandler[] = this.#added = [];
    void Promise.resolve().then(() => {
      if (this.#added === added) this.#added = undefined;
    });
    return ({ type, details }) => this.#emit(type, details, added);
  }

  /** Adds a handler. */
  addHandler(type: AnyProviderEvent, handler: EventHandler): void {
    if (type === "PROVIDER_READY") this.#onAttach?.();
    this.#added?.push(handler);
    this.#handlers.set(type, [...this.getHandlers(type), handler]);
  }

  /** Removes a handler. */
  removeHandler(type: AnyProviderEvent, handler: EventHandler): void {
    this.#handlers.set(type, this.getHandlers(type).filter((other) => other !== handler));
  }

  /** Removes the handlers of one event, or of all. */
  removeAllHandlers(type?: AnyProviderEvent): void {
    if (type === undefined) this.#handlers.clear();
    else this.#handlers.delete(type);
  }

  /** The handlers of an event, in the order they were added. */
  getHandlers(type: AnyProviderEvent): EventHandler[] {
    return this.#handlers.get(type) ?? [];
  }

  /** Sets the logger for errors of handlers. */
  setLogger(logger: Logger): this {
    this.#logger = logger;
    return this;
  }

  #emit(
    type: AnyProviderEvent,
    details: EventContext | undefined,
    except: readonly EventHandler[],
  ): void {
    const eventDetails = { ...details, providerName: this.#providerName } as EventDetails;
    for (const handler of this.getHandlers(type)) {
      if (!except.includes(handler)) void this.#call(handler, eventDetails);
    }
  }

  async #call(handler: EventHandler, details: EventDetails): Promise<void> {
    try {
      await handler(details);
    } catch (error) {
      this.#logger?.error("Provider event handler failed:", error);
    }
  }
}

/** An event of a provider, ready to be emitted. */
export interface ProviderEvent {
  readonly type: AnyProviderEvent;
  readonly details: EventContext;
}

/**
 * Converts a new state of the client to OpenFeature's event.
 *
 * OpenFeature stops calling a provider that is `PROVIDER_FATAL`. In lazy mode only evaluations load flags, so it could never
 * recover; there, a rejected key is an ordinary error.
 */
export function toProviderEvent({ state, mode, lastError }: ClientStatus): ProviderEvent {
  const message = lastError === undefined ? undefined : { message: lastError.message };
  switch (state) {
    case "READY":
      return event("PROVIDER_READY", {});
    case "STALE":
      return event("PROVIDER_STALE", { ...message });
    case "FATAL":
      return event("PROVIDER_ERROR", { ...message, ...(mode !== "lazy" && { errorCode: FATAL }) });
    default:
      return event("PROVIDER_ERROR", { ...message });
  }
}

/** The event of an `initialize()` that succeeded, or failed with an error. */
export function toOutcome(failure?: unknown): ProviderEvent {
  if (failure === undefined) return event("PROVIDER_READY", {});
  const code = (failure as { readonly code?: unknown }).code === FATAL && { errorCode: FATAL };
  return event("PROVIDER_ERROR", { message: messageOf(failure), ...code });
}

/** OpenFeature's event for changed flags. */
export function configurationChanged(keys: readonly string[]): ProviderEvent {
  return event("PROVIDER_CONFIGURATION_CHANGED", { flagsChanged: [...keys] });
}

/** The error of a failed `initialize()`; `PROVIDER_FATAL` tells OpenFeature that retrying is useless. */
export function toInitializationFailure(error: unknown, { state, mode }: ClientStatus): unknown {
  if (state !== "FATAL" || mode === "lazy" || !(error instanceof Error)) return error;
  return Object.assign(new Error(error.message, { cause: error }), { code: FATAL });
}

const FATAL = "PROVIDER_FATAL" satisfies `${ErrorCode}`;

// Only the types of OpenFeature are imported, and its events are enums.
function event(type: `${AnyProviderEvent}`, details: Record<string, unknown>): ProviderEvent {
  return { type: type as AnyProviderEvent, details };
}
