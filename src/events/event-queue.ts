import { MAX_WAITING_BYTES, MAX_WAITING_EVENTS } from "../contract/limits.ts";

/** An event as it waits. */
export interface WaitingEvent {
  /** As it goes over the wire; a later change of anything that was handed in does not change it. */
  readonly json: string;
  /** Names it in a warning. */
  readonly flagKey: string;
  /** Since when it waits, in ms since the epoch. */
  readonly timestamp: number;
  /** What it takes in a request, in bytes: rather too much than too little. */
  readonly size: number;
}

/** The next power of two above {@linkcode MAX_WAITING_EVENTS}: finding a slot is one `&`. */
const SLOTS = 16_384;

/**
 * The events that wait, oldest first, in a bounded ring. Events are numbered in the order they come, and one that is being
 * sent stays where it is until it has been answered: a failed batch is at the front already, and whoever sends can
 * vanish at any moment without losing anything.
 */
export class EventBuffer {
  readonly #slots: (WaitingEvent | undefined)[] = [];
  #bytes = 0;
  /** The number of the oldest event that waits. */
  first = 0;
  /** One past the number of the newest event. */
  end = 0;

  /** How many events wait. */
  get length(): number {
    return this.end - this.first;
  }

  /** The event that has waited longest. */
  get oldest(): WaitingEvent | undefined {
    return this.#slots[this.first & (SLOTS - 1)];
  }

  /** Whether so many events of so many bytes in all can be added without shedding any. */
  hasRoomFor(count: number, bytes: number): boolean {
    return this.length + count <= MAX_WAITING_EVENTS && this.#bytes + bytes <= MAX_WAITING_BYTES;
  }

  /** Adds an event and sheds the oldest ones for which there is no room; says whether any were shed, or it itself was. */
  push(event: WaitingEvent): boolean {
    if (event.size > MAX_WAITING_BYTES) return true; // it would displace all others in vain
    const first = this.first;
    while (!this.hasRoomFor(1, event.size)) this.#shift();
    this.#slots[this.end++ & (SLOTS - 1)] = event;
    this.#bytes += event.size;
    return this.first > first;
  }

  /** The oldest events, at most `count` and `bytes` of them, but at least one. */
  peek(count: number, bytes: number): WaitingEvent[] {
    const events: WaitingEvent[] = [];
    for (let number = this.first; number < this.end && events.length < count; number++) {
      const event = this.#slots[number & (SLOTS - 1)]!;
      bytes -= event.size;
      if (bytes < 0 && events.length > 0) break;
      events.push(event);
    }
    return events;
  }

  /** Takes away all events below this number; harmless when they have gone already. */
  dropUntil(number: number): void {
    while (this.first < number) this.#shift();
  }

  #shift(): void {
    const slot = this.first++ & (SLOTS - 1);
    this.#bytes -= this.#slots[slot]!.size;
    this.#slots[slot] = undefined;
  }
}

/** Why an event was dropped: too many waited, the service refused it, or the time of `close()` was up. */
export type DropReason = "overflow" | "rejected" | "closed";

/** What has become of the events recorded so far: each is counted in exactly one place. */
export interface EventCounters {
  /** Delivered: the service has answered with 2xx. */
  readonly sent: number;
  /** Neither delivered nor dropped yet, those under way included; 10,000 at most. */
  readonly waiting: number;
  /**
   * Given up, by reason. An event that had to make room while it was under way counts as `overflow`, and moves to `sent`
   * when it turns out to have arrived.
   */
  readonly dropped: Readonly<Record<DropReason, number>>;
}
