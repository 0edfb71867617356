import type { WaitingEvent } from "./serialize.ts";

/** The share of slots in use at which the table is rebuilt without dead entries. */
const MAX_LOAD = 0.6;
/** How many characters at the end of a text are hashed without a gap. */
const HASHED_TAIL = 10;
/** The prime of FNV-1a. */
const PRIME = 0x01000193;
/** How many slots there are for each event. */
const SLOTS_PER_EVENT = 4;

/**
 * Finds evaluations that say what another waiting one says: same flag, variation and user (contract §5). It holds numbers
 * only, a hash and the event's own: no look-up allocates, and what has left the queue needs no removal, since numbers rise and
 * the oldest evaluations leave first.
 */
export class RepeatFinder {
  #hashes = new Int32Array(0);
  /** The number of the event in each slot, plus one; 0 when the slot is free. */
  #numbers = new Float64Array(0);
  #used = 0;
  /** One past the number of the last event that was compared. */
  #comparedEnd = 0;

  /** Forgets all events. */
  clear(): void {
    this.#used = Number.POSITIVE_INFINITY;
    this.#comparedEnd = 0;
  }

  /**
   * Removes repeats from `events`, beginning at `start`; those before are not compared. Returns how many bytes are removed.
   * The events are in the order of their numbers.
   */
  removeRepeats(events: WaitingEvent[], start: number): number {
    if (this.#used + events.length - start > MAX_LOAD * this.#hashes.length) this.#reset(events.length);
    const oldest = events[start]?.number ?? 0;
    let kept = firstFrom(events, Math.max(oldest, this.#comparedEnd), start);
    let bytes = 0;
    for (let index = kept; index < events.length; index++) {
      const event = events[index]!;
      if (event.type === "Evaluation" && this.#isRepeat(event, events, oldest)) bytes += event.size;
      else events[kept++] = event;
    }
    this.#comparedEnd = (events.at(-1)?.number ?? -1) + 1;
    events.length = kept;
    return bytes;
  }

  #isRepeat(event: WaitingEvent, events: readonly WaitingEvent[], oldest: number): boolean {
    const hash = hashOf(event);
    const mask = this.#hashes.length - 1;
    let slot = hash & mask;
    for (; this.#numbers[slot] !== 0; slot = (slot + 1) & mask) {
      if (this.#hashes[slot] !== hash) continue;
      const number = this.#numbers[slot]! - 1;
      if (number >= oldest && isSame(events[firstFrom(events, number, 0)]!, event)) return true;
    }
    this.#hashes[slot] = hash;
    this.#numbers[slot] = event.number + 1;
    this.#used++;
    return false;
  }

  #reset(count: number): void {
    const slots = 2 ** Math.ceil(Math.log2(SLOTS_PER_EVENT * Math.max(count, 1)));
    if (this.#hashes.length < slots) {
      this.#hashes = new Int32Array(slots);
      this.#numbers = new Float64Array(slots);
    } else {
      this.#numbers.fill(0);
    }
    this.#used = 0;
    this.#comparedEnd = 0;
  }
}

/** The position of the first event with at least this number, from `start` on. */
function firstFrom(events: readonly WaitingEvent[], number: number, start: number): number {
  let [low, high] = [start, events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (events[middle]!.number < number) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isSame(a: WaitingEvent, b: WaitingEvent): boolean {
  return a.user === b.user && a.name === b.name && a.variation === b.variation;
}

/** FNV-1a over the texts that make evaluations the same: all of their ends, where ids differ, and parts of the rest. */
function hashOf({ name, variation, user }: WaitingEvent): number {
  let hash = 0x811c9dc5 | 0;
  if (user !== undefined) hash = addTo(hash, user);
  if (variation !== undefined) hash = addTo(hash, variation);
  return addTo(hash, name);
}

function addTo(hash: number, text: string): number {
  const tail = Math.max(0, text.length - HASHED_TAIL);
  for (let index = tail; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), PRIME);
  const step = 1 + (tail >> 3);
  for (let index = 0; index < tail; index += step) hash = Math.imul(hash ^ text.charCodeAt(index), PRIME);
  return hash;
}
