import type { SdkEvent } from "../../contract/sdk-event.ts";

/** The newest events that arrived, for inspection. */
export class EventLog {
  readonly #kept: number;
  #events: readonly SdkEvent[] = [];

  /** Makes an empty log of at most `kept` events. */
  constructor(kept: number) {
    this.#kept = kept;
  }

  /** The events, oldest first; the list does not change later. */
  get events(): readonly SdkEvent[] {
    return this.#events;
  }

  /** Adds events; beyond the bound the oldest go. */
  add(events: readonly SdkEvent[]): void {
    this.#events = [...this.#events, ...events].slice(-this.#kept);
  }
}
