import type {
  AnyProviderEvent,
  EventContext,
  EventDetails,
  EventHandler,
  Logger,
  ProviderEventEmitter,
} from "@openfeature/server-sdk";

/** The events of a provider. OpenFeature's own emitter needs Node's, which a Worker lacks by default. */
export class ProviderEvents implements ProviderEventEmitter<AnyProviderEvent> {
  readonly #providerName: string;
  readonly #handlers = new Map<AnyProviderEvent, EventHandler[]>();
  #logger: Logger | undefined;

  /** Creates an emitter without handlers. */
  constructor(providerName: string) {
    this.#providerName = providerName;
  }

  /** Calls the handlers of an event. One that fails does not affect the others. */
  emit(type: AnyProviderEvent, details?: EventContext): void {
    const eventDetails = { ...details, providerName: this.#providerName } as EventDetails;
    for (const handler of this.getHandlers(type)) void this.#call(handler, eventDetails);
  }

  /** Adds a handler. */
  addHandler(type: AnyProviderEvent, handler: EventHandler): void {
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

  async #call(handler: EventHandler, details: EventDetails): Promise<void> {
    try {
      await handler(details);
    } catch (error) {
      this.#logger?.error("Provider event handler failed:", error);
    }
  }
}
