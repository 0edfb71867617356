import type { SdkEvent } from "../../contract/sdk-event.ts";

/** The newest events that were received, for inspection. */
export class EventLog {
  readonly #kept: number;
  #events: readonly SdkEvent[] = [];

  /** Creates an empty log that keeps at most `kept` events. */
  constructor(kept: number) {
    this.#kept = kept;
  }

  /** The events, oldest first. The list is never changed: more events make a new one. */
  get events(): readonly SdkEvent[] {
    return this.#events;
  }

  /** Adds events, and drops the oldest beyond the bound. */
  add(events: readonly SdkEvent[]): void {
    this.#events = [...this.#events, ...events].slice(-this.#kept);
  }
}
