import type { WaitingEvent } from "./serialize.ts";

/**
 * A batch that the service refused, and the search for the events that it refuses (contract §5). A part that is refused is
 * halved; when the first half is accepted, the second is known to be refused and is halved without being sent. An event
 * is given up only when it was refused alone.
 */
export class RefusedBatch {
  /** How many events the batch had. */
  readonly size: number;
  /** Whether nothing is known of it by itself yet: it was refused as a part of a larger batch. */
  isSuspect: boolean;
  /** The parts that are left, none of them empty; the last one is next. */
  #parts: (readonly WaitingEvent[])[];
  /** What is known of the next part: nothing, that the service refuses it, or that it refuses it or the part after it. */
  #known: "nothing" | "refused" | "halved";
  #hasRefusedEvent = false;

  /** Takes the events over. */
  constructor(events: readonly WaitingEvent[], isSuspect: boolean) {
    this.size = events.length;
    this.isSuspect = isSuspect;
    this.#parts = [events];
    this.#known = isSuspect ? "nothing" : "refused";
  }

  /** Whether no event is left. */
  get isDone(): boolean {
    return this.#parts.length === 0;
  }

  /** Whether all its parts were accepted after it was refused: it had too many events. */
  get wasTooLarge(): boolean {
    return this.isDone && !this.isSuspect && !this.#hasRefusedEvent;
  }

  /** The oldest event that is left. */
  get oldest(): WaitingEvent {
    return this.#parts.at(-1)![0]!;
  }

  /** The events to send next. They stay here until they are {@linkcode answered}. */
  next(): readonly WaitingEvent[] {
    const part = this.#parts.at(-1)!;
    if (this.#known !== "refused" || part.length === 1) return part;
    const half = Math.ceil(part.length / 2);
    const first = part.slice(0, half);
    this.#parts.splice(-1, 1, part.slice(half), first);
    this.#known = "halved";
    return first;
  }

  /** Applies the answer to the events of {@linkcode next}; returns those that are done with: accepted, or refused alone. */
  answered(isAccepted: boolean): readonly WaitingEvent[] {
    const part = this.next();
    if (!isAccepted) {
      this.isSuspect = false;
      if (part.length > 1) {
        this.#known = "refused";
        return [];
      }
      this.#hasRefusedEvent = true;
    }
    this.#parts.pop();
    this.#known = isAccepted && this.#known === "halved" ? "refused" : "nothing";
    return part;
  }

  /** Keeps the events for which `isKept` is true, and those that may be under way: the next ones. */
  filter(isKept: (event: WaitingEvent) => boolean): void {
    const next = this.#parts.pop()!;
    this.#parts = this.#parts.map((part) => part.filter(isKept)).filter(({ length }) => length > 0);
    this.#parts.push(next);
    // Nothing can be concluded any more from what the rest of the events lead to.
    if (this.#known === "halved") this.#known = "nothing";
    this.#hasRefusedEvent = true;
  }
}
