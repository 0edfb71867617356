import type { WaitingEvent } from "./serialize.ts";

/** A run of events of a refused batch. */
interface Part {
  events: readonly WaitingEvent[];
  /** Whether the service refuses at least one of them: known from an answer, or because the other half was accepted. */
  readonly isRefused: boolean;
}

/**
 * A batch that the service refused, and the search for the events that it refuses (contract §5). A part that is refused is
 * halved; when the first half is accepted, the second is known to be refused and is halved without being sent. An event
 * is given up only when it was refused alone.
 */
export class RefusedBatch {
  /** How many events the batch had. */
  readonly size: number;
  /** Whether it was refused by itself, not only as a part of a larger batch. */
  readonly isRefused: boolean;
  /** Whether nothing is known of it by itself yet: it was refused as a part of a larger batch. */
  isSuspect: boolean;
  /** The parts that are left; the last one is next. */
  readonly #parts: Part[];
  /** Whether the next part and the one after it are the halves of a refused part. */
  #isHalved = false;
  #hasRefusedEvent = false;

  /** Takes the events over. */
  constructor(events: readonly WaitingEvent[], isRefused: boolean) {
    this.size = events.length;
    this.isRefused = isRefused;
    this.isSuspect = !isRefused;
    this.#parts = [{ events, isRefused }];
  }

  /** Whether no event is left. */
  get isDone(): boolean {
    return this.#parts.length === 0;
  }

  /** Whether an event was refused alone. If the search ends without one, the batch was too large. */
  get hasRefusedEvent(): boolean {
    return this.#hasRefusedEvent;
  }

  /** The events that are left, oldest first. */
  get events(): readonly WaitingEvent[] {
    return [...this.#parts].reverse().flatMap((part) => part.events);
  }

  /** The events to send next. They stay here until {@linkcode accepted} or {@linkcode refused}. */
  next(): readonly WaitingEvent[] {
    let part = this.#parts.at(-1);
    while (part !== undefined && part.isRefused && part.events.length > 1) {
      const half = Math.ceil(part.events.length / 2);
      this.#parts.pop();
      this.#parts.push({ events: part.events.slice(half), isRefused: false });
      this.#parts.push({ events: part.events.slice(0, half), isRefused: false });
      part = this.#parts.at(-1);
      this.#isHalved = true;
    }
    return part?.events ?? [];
  }

  /** Notes that the service accepted the events of {@linkcode next}. */
  accepted(): void {
    this.#parts.pop();
    const sibling = this.#parts.at(-1);
    if (this.#isHalved && sibling !== undefined) {
      this.#parts[this.#parts.length - 1] = { ...sibling, isRefused: true };
    }
    this.#isHalved = false;
  }

  /** Notes that the service refused the events of {@linkcode next}; returns the event that it refuses, if it was one alone. */
  refused(): WaitingEvent | undefined {
    const part = this.#parts.pop()!;
    this.#isHalved = this.isSuspect = false;
    if (part.events.length > 1) {
      this.#parts.push({ events: part.events, isRefused: true });
      return undefined;
    }
    this.#hasRefusedEvent = true;
    return part.events[0];
  }

  /** Removes events for which `isShed` is true, except those that may be under way: the next ones. */
  shed(isShed: (event: WaitingEvent) => boolean): void {
    const next = this.#parts.pop();
    for (const part of this.#parts) part.events = part.events.filter((event) => !isShed(event));
    const left = this.#parts.filter(({ events }) => events.length > 0);
    this.#parts.splice(0, this.#parts.length, ...left);
    if (next !== undefined) this.#parts.push(next);
    // Nothing can be concluded any more from what the rest of the events lead to.
    this.#isHalved = false;
    this.#hasRefusedEvent = true;
  }
}
