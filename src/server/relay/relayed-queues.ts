import type { EventQueue, EventSource } from "../../events/event-queue.ts";
import type { RefusedBatch } from "../../events/refused-batch.ts";
import type { WaitingEvent } from "../../events/serialize.ts";

/** How long a queue with refused events is sent apart from the others, in ms. */
const DISTRUST_MS = 600_000;

/** The queues of a relay, one for each key, sent as one: each gives its share of a request, and none can starve another (contract §9). */
export class RelayedQueues implements EventSource {
  readonly isShared = true;
  /** Events come in groups: see `Delivery.added()`. */
  readonly halfLength: number = Infinity;
  readonly #queues: readonly EventQueue[];
  readonly #now: () => number;
  /** Since when the events of a queue are sent apart. */
  readonly #distrusted = new Map<EventQueue, number>();
  /** The queue whose turn it is. */
  #turn = 0;
  /** The queues whose events were taken last. */
  #taken: readonly EventQueue[] = [];

  /** @param queues They have to share the numbers of their events. */
  constructor(queues: readonly EventQueue[], now: () => number) {
    this.#queues = queues;
    this.#now = now;
  }

  get length(): number {
    return this.#queues.reduce((sum, { length }) => sum + length, 0);
  }

  get waiting(): number {
    return this.#queues.reduce((sum, { waiting }) => sum + waiting, 0);
  }

  get isHalfFull(): boolean {
    return this.#queues.some(({ isHalfFull }) => isHalfFull);
  }

  get oldest(): WaitingEvent | undefined {
    let oldest: WaitingEvent | undefined;
    for (const queue of this.#queues) {
      const event = queue.oldest;
      if (event !== undefined && event.number < (oldest?.number ?? Infinity)) oldest = event;
    }
    return oldest;
  }

  get first(): number {
    return Math.min(...this.#queues.map(({ first }) => first));
  }

  get end(): number {
    return this.#queues[0]!.end;
  }

  get refusedBatch(): RefusedBatch | undefined {
    return this.#searched()?.refusedBatch;
  }

  /** Each trusted queue gives its share; those with refused events are sent apart. */
  take(count: number, bytes: number): readonly WaitingEvent[] {
    const queues = this.#inTurn().filter(({ length }) => length > 0);
    this.#turn++;
    const first = queues[0]!;
    const sources = this.#isDistrusted(first)
      ? [first]
      : queues.filter((queue) => !this.#isDistrusted(queue));
    const taken: EventQueue[] = [];
    const events: WaitingEvent[] = [];
    for (const [index, queue] of sources.entries()) {
      const left = sources.length - index;
      const share = Math.ceil((count - events.length) / left);
      if (share === 0) break;
      const part = queue.take(share, bytes / left);
      const size = part.reduce((sum, event) => sum + event.size, 0);
      if (size > bytes) {
        queue.failed(); // one large event, for which the next request has room
        continue;
      }
      bytes -= size;
      events.push(...part);
      taken.push(queue);
    }
    this.#taken = taken;
    return events;
  }

  delivered(): void {
    for (const queue of this.#taken) queue.delivered();
  }

  failed(): void {
    for (const queue of this.#taken) queue.failed();
  }

  rejected(): void {
    this.#taken[0]!.rejected();
  }

  /** The search finds the one of several queues whose events are refused. */
  setAside(): void {
    const isAlone = this.#taken.length === 1;
    for (const queue of this.#taken) queue.setAside(!isAlone);
    if (isAlone) this.#distrust(this.#taken[0]!);
  }

  answerRefusedBatch(isAccepted: boolean): WaitingEvent | undefined {
    const queue = this.#searched()!;
    this.#turn = this.#queues.indexOf(queue) + 1;
    if (!isAccepted) this.#distrust(queue);
    return queue.answerRefusedBatch(isAccepted);
  }

  dropAll(): number {
    return this.#queues.reduce((sum, queue) => sum + queue.dropAll(), 0);
  }

  /** Suspects first: most of them are accepted, and until then nobody knows whose events to send apart. */
  #searched(): EventQueue | undefined {
    const queues = this.#inTurn().filter(({ refusedBatch }) => refusedBatch !== undefined);
    return queues.find(({ refusedBatch }) => refusedBatch!.isSuspect) ?? queues[0];
  }

  /** The queues, beginning with the one whose turn it is. */
  #inTurn(): EventQueue[] {
    const start = this.#turn % this.#queues.length;
    return [...this.#queues.slice(start), ...this.#queues.slice(0, start)];
  }

  #distrust(queue: EventQueue): void {
    this.#distrusted.set(queue, this.#now());
  }

  #isDistrusted(queue: EventQueue): boolean {
    const since = this.#now() - (this.#distrusted.get(queue) ?? -Infinity);
    return since >= 0 && since < DISTRUST_MS;
  }
}
