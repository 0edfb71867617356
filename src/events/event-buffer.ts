/** How many events may wait (contract §5). */
export const MAX_EVENTS = 10_000;

/** How many bytes may wait (contract §5). */
export const MAX_BYTES: number = 8 * 1024 * 1024;

/** An event as far as those who only keep it and send it need to know. */
export interface WaitingEvent {
  /** Names it in a warning. */
  readonly flagKey: string;
  /** Since when it waits, in ms since the epoch. */
  readonly timestamp: number;
  /** What it takes in a request, in bytes: rather too much than too little. */
  readonly size: number;
}

/** The next power of two above {@linkcode MAX_EVENTS}: finding a slot is one `&`. */
const SLOTS = 16_384;

/**
 * The events that wait, oldest first, in a bounded ring. Events are numbered in the order they come, and one that is being
 * sent stays where it is until it has been answered: a failed batch is at the front already, and whoever sends can
 * vanish at any moment without losing anything.
 */
export class EventBuffer<E extends WaitingEvent> {
  readonly #slots: (E | undefined)[] = [];
  #first = 0;
  #end = 0;
  #bytes = 0;

  /** The number of the oldest event that waits. */
  get first(): number {
    return this.#first;
  }

  /** One past the number of the newest event. */
  get end(): number {
    return this.#end;
  }

  /** How many events wait. */
  get length(): number {
    return this.#end - this.#first;
  }

  /** The event that has waited longest. */
  get oldest(): E | undefined {
    return this.#slots[this.#first & (SLOTS - 1)];
  }

  /** Whether so many events of so many bytes in all can be added without shedding any. */
  hasRoomFor(count: number, bytes: number): boolean {
    return this.length + count <= MAX_EVENTS && this.#bytes + bytes <= MAX_BYTES;
  }

  /** Adds an event and sheds the oldest ones for which there is no room; says how many those were. */
  push(record: E): number {
    this.#slots[this.#end++ & (SLOTS - 1)] = record;
    this.#bytes += record.size;
    const first = this.#first;
    while (this.length > MAX_EVENTS || this.#bytes > MAX_BYTES) this.#shift();
    return this.#first - first;
  }

  /** The oldest events, at most `count` and `bytes` of them, but at least one. */
  peek(count: number, bytes: number): E[] {
    const records: E[] = [];
    let size = 0;
    for (let number = this.#first; number < this.#end && records.length < count; number++) {
      const record = this.#slots[number & (SLOTS - 1)]!;
      size += record.size;
      if (size > bytes && records.length > 0) break;
      records.push(record);
    }
    return records;
  }

  /** Takes away all events below this number; harmless when they have gone already. */
  dropUntil(number: number): void {
    while (this.#first < number) this.#shift();
  }

  #shift(): void {
    const slot = this.#first++ & (SLOTS - 1);
    this.#bytes -= this.#slots[slot]!.size;
    this.#slots[slot] = undefined;
  }
}
