import type {
  AnyProviderEvent,
  EventContext,
  EventDetails,
  EventHandler,
  Logger,
  ProviderEventEmitter,
} from "@openfeature/server-sdk";

/** A provider's events. OpenFeature's own emitter stands on Node's, which is more than a Worker has by itself. */
export class ProviderEvents implements ProviderEventEmitter<AnyProviderEvent> {
  readonly #providerName: string;
  readonly #handlers = new Map<AnyProviderEvent, EventHandler[]>();
  #logger: Logger | undefined;

  /** Makes an emitter without handlers. */
  constructor(providerName: string) {
    this.#providerName = providerName;
  }

  /** Tells the handlers of an event; one that fails disturbs nobody. */
  emit(type: AnyProviderEvent, details?: EventContext): void {
    const told = { ...details, providerName: this.#providerName } as EventDetails;
    for (const handler of this.getHandlers(type)) void this.#tell(handler, told);
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

  /** The handlers of an event, in their order. */
  getHandlers(type: AnyProviderEvent): EventHandler[] {
    return this.#handlers.get(type) ?? [];
  }

  /** Sets where failures of handlers are told. */
  setLogger(logger: Logger): this {
    this.#logger = logger;
    return this;
  }

  async #tell(handler: EventHandler, details: EventDetails): Promise<void> {
    try {
      await handler(details);
    } catch (error) {
      this.#logger?.error("A handler of a provider's event failed:", error);
    }
  }
}
