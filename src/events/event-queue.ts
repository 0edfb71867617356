import { MAX_BATCH_BYTES, MAX_WAITING_BYTES, MAX_WAITING_EVENTS } from "../contract/limits.ts";
import { EvaluationSet } from "./recent-evaluations.ts";
import { RefusedBatch } from "./refused-batch.ts";
import type { WaitingEvent } from "./serialize.ts";

/** The share of a full queue that is freed in one pass (contract §5). */
const SHED_SHARE = 0.1;

/** How much may wait. */
export interface QueueCapacity {
  readonly events: number;
  readonly bytes: number;
}

/** How many events were shed, by reason: they made room for newer ones in a full queue. A minor version may add reasons. */
export interface ShedCounters {
  /** Evaluations that said what another waiting one says: same flag, user and variation. */
  readonly repeats: number;
  /** Other evaluations, the oldest first. */
  readonly evaluations: number;
  /** Custom and Identify events: shed only when no evaluation waits, or when they are too large to be sent. */
  readonly others: number;
}

/** Why an event was dropped: the service refused it, or the time of `close()` was over. A minor version may add reasons. */
export type DropReason = "rejected" | "closed";

/** What happened to the events recorded so far: each is counted in exactly one place. A minor version may add counters. */
export interface EventCounters {
  /** Delivered: the service answered with 2xx. */
  readonly sent: number;
  /** Neither delivered nor given up, including those under way; at most 10,000. */
  readonly waiting: number;
  /** Given up because too many waited, by reason. */
  readonly shed: Readonly<ShedCounters>;
  /** Given up for another reason. */
  readonly dropped: Readonly<Record<DropReason, number>>;
}

/** Waiting events as a sender sees them: a queue, or the queues of a relay. What was taken stays until it is answered. */
export interface EventSource {
  /** How many events are ready to be sent. */
  readonly length: number;
  /** How many events wait in all, those of refused batches included. */
  readonly waiting: number;
  /** Whether half of what may wait does: time to send more often (contract §5). */
  readonly isHalfFull: boolean;
  /** How many events make it half full. */
  readonly halfLength: number;
  /** The ready event that has waited longest. */
  readonly oldest: WaitingEvent | undefined;
  /** The number of the oldest event that waits, also aside; one past the newest if none waits. */
  readonly first: number;
  /** One past the number of the newest event. */
  readonly end: number;
  /** The refused batch that is searched. */
  readonly refusedBatch: RefusedBatch | undefined;
  /** Whether the events come from several clients: one that sends malformed events says nothing about the others. */
  readonly isShared: boolean;
  /** Takes the oldest ready events to send: at most `count` of them and `bytes` in all, but at least one. */
  take(count: number, bytes: number): readonly WaitingEvent[];
  /** The service has the events that were taken last. */
  delivered(): void;
  /** The service did not take them; they stay at the front. */
  failed(): void;
  /** The service refused the only event that was taken. */
  rejected(): void;
  /** The service refused the events that were taken, together: they wait aside to be searched. */
  setAside(): void;
  /** Applies the answer to the part that {@linkcode refusedBatch} offered; returns the event that was refused alone. */
  answerRefusedBatch(isAccepted: boolean): WaitingEvent | undefined;
  /** Drops all that waits: the time of `close()` is over. Returns how many events that were. */
  dropAll(): number;
}

/**
 * The events that wait, oldest first: at most so many and so many bytes. Events that are being sent stay in the queue until
 * they are answered, since on request-scoped runtimes a sender can vanish at any moment. Refused batches wait aside.
 */
export class EventQueue implements EventSource {
  readonly isShared = false;
  readonly #capacity: QueueCapacity;
  readonly #onShed: ((event: WaitingEvent) => void) | undefined;
  readonly #numbers: { end: number };
  readonly #maxEventBytes: number;
  #ready: WaitingEvent[] = [];
  #refused: RefusedBatch[] = [];
  /** How many events wait aside. */
  #aside = 0;
  #bytes = 0;
  /** How many of the oldest ready events are being sent: they are not shed. */
  #underWay = 0;
  /** Whether evaluations that are not being sent may wait: only then a pass over a full queue can free room. */
  #hasEvaluations = false;
  #fillRate = 0;
  #sent = 0;
  #shed = { repeats: 0, evaluations: 0, others: 0 };
  #dropped = { rejected: 0, closed: 0 };

  /**
   * @param onShed Receives each evaluation that was shed while no equal one waits.
   * @param numbers The number of the next event; queues that are sent together share it.
   */
  constructor(
    capacity: QueueCapacity = { events: MAX_WAITING_EVENTS, bytes: MAX_WAITING_BYTES },
    onShed?: (event: WaitingEvent) => void,
    numbers: { end: number } = { end: 0 },
  ) {
    this.#capacity = capacity;
    this.#onShed = onShed;
    this.#numbers = numbers;
    this.#maxEventBytes = Math.min(capacity.bytes, MAX_BATCH_BYTES);
  }

  /** None are ready while half of what may wait is aside: first those are searched. */
  get length(): number {
    return 2 * this.#aside >= this.#capacity.events ? 0 : this.#ready.length;
  }

  get waiting(): number {
    return this.#ready.length + this.#aside;
  }

  get isHalfFull(): boolean {
    return 2 * this.waiting >= this.#capacity.events || 2 * this.#bytes >= this.#capacity.bytes;
  }

  get halfLength(): number {
    return Math.ceil(this.#capacity.events / 2);
  }

  get oldest(): WaitingEvent | undefined {
    return this.length === 0 ? undefined : this.#ready[0];
  }

  get first(): number {
    // A batch was the front of the queue when it was refused.
    const oldest = this.#refused[0]?.oldest ?? this.#ready[0];
    return oldest?.number ?? this.end;
  }

  get end(): number {
    return this.#numbers.end;
  }

  get refusedBatch(): RefusedBatch | undefined {
    return this.#refused[0];
  }

  /** What happened to the events so far. */
  get counters(): EventCounters {
    return {
      sent: this.#sent,
      waiting: this.waiting,
      shed: { ...this.#shed },
      dropped: { ...this.#dropped },
    };
  }

  /** How many events a second filled the queue when it was last full. */
  get fillRate(): number {
    return this.#fillRate;
  }

  /** Whether so many events of so many bytes in all can be added without shedding. */
  hasRoomFor(count: number, bytes: number): boolean {
    return this.waiting + count <= this.#capacity.events && this.#bytes + bytes <= this.#capacity.bytes;
  }

  /** Adds an event, for which others may have to make room; returns whether any event was shed, this one included. */
  add(event: WaitingEvent): boolean {
    event.number = this.#numbers.end++;
    const isFull = !this.hasRoomFor(1, event.size);
    // One that can never be sent displaces no other, and a minor one none either.
    if (event.size > this.#maxEventBytes || (isFull && (event.isMinor || !this.#makeRoom(event)))) {
      this.#countShed(event);
      return true;
    }
    this.#ready.push(event);
    this.#bytes += event.size;
    if (event.type === "Evaluation") this.#hasEvaluations = true;
    return isFull;
  }

  take(count: number, bytes: number): WaitingEvent[] {
    let end = 0;
    for (; end < count && end < this.#ready.length; end++) {
      bytes -= this.#ready[end]!.size;
      if (bytes < 0 && end > 0) break;
    }
    this.#underWay = end;
    return this.#ready.slice(0, end);
  }

  delivered(): void {
    this.#sent += this.#free(this.#remove());
  }

  failed(): void {
    this.#underWay = 0;
    this.#hasEvaluations = true; // perhaps among those that were being sent
  }

  rejected(): void {
    this.#dropped.rejected += this.#free(this.#remove());
  }

  /** @param isSuspect Whether the events were refused together with those of other queues. */
  setAside(isSuspect = false): void {
    const events = this.#remove();
    this.#aside += events.length;
    this.#refused.push(new RefusedBatch(events, isSuspect));
  }

  answerRefusedBatch(isAccepted: boolean): WaitingEvent | undefined {
    const batch = this.#refused[0]!;
    const done = batch.answered(isAccepted);
    const count = this.#free(done);
    this.#aside -= count;
    if (batch.isDone) this.#refused.shift();
    if (isAccepted) {
      this.#sent += count;
      return undefined;
    }
    this.#dropped.rejected += count;
    return done[0];
  }

  /** Counts events that were refused before they were added. */
  countRejected(count: number): void {
    this.#dropped.rejected += count;
  }

  dropAll(): number {
    const left = this.waiting;
    this.#dropped.closed += left;
    this.#ready = [];
    this.#refused = [];
    this.#aside = this.#bytes = this.#underWay = 0;
    return left;
  }

  /** Removes the events that are being sent; they still take their bytes. */
  #remove(): WaitingEvent[] {
    const events = this.#ready.splice(0, this.#underWay);
    this.#underWay = 0;
    return events;
  }

  /** Frees the bytes of events; returns how many events they are. */
  #free(events: readonly WaitingEvent[]): number {
    for (const { size } of events) this.#bytes -= size;
    return events.length;
  }

  /** Makes room for an event in one pass (contract §5); returns whether it may be added. */
  #makeRoom({ size, type, recordedAt }: WaitingEvent): boolean {
    const seconds = Math.max(1, recordedAt - (this.#ready[0]?.recordedAt ?? recordedAt)) / 1_000;
    this.#fillRate = Math.round(this.#ready.length / seconds);
    if (this.#hasEvaluations) this.#shedEvaluations();
    if (!this.hasRoomFor(1, size)) this.#shedAside();
    // Only Custom and Identify events are left, which make room for their kind.
    while (type !== "Evaluation" && !this.hasRoomFor(1, size) && this.#ready.length > this.#underWay) {
      // `shift` moves no other element on V8.
      const oldest = this.#underWay === 0 ? this.#ready.shift() : this.#ready.splice(this.#underWay, 1)[0];
      this.#bytes -= oldest!.size;
      this.#countShed(oldest!);
    }
    return this.hasRoomFor(1, size);
  }

  /** Sheds minor events and repeats; if those are under a tenth of the queue, the oldest evaluations up to a tenth. */
  #shedEvaluations(): void {
    const mostEvents = SHED_SHARE * this.#capacity.events;
    const mostBytes = SHED_SHARE * this.#capacity.bytes;
    const seen = new EvaluationSet();
    let events = 0;
    let bytes = 0;
    const addUp = ({ size }: WaitingEvent): void => {
      events++;
      bytes += size;
    };
    const rest = this.#ready.splice(this.#underWay).filter((event) => {
      if (event.type !== "Evaluation") return true;
      if (event.isMinor) this.#countShed(event);
      else {
        const users = seen.usersOf(event.head, event.variation);
        if (!users.has(event.user)) {
          users.add(event.user);
          return true;
        }
        this.#shed.repeats++;
      }
      addUp(event);
      return false;
    });
    const kept = rest.filter((event) => {
      if (event.type !== "Evaluation" || events >= mostEvents || bytes >= mostBytes) return true;
      this.#countShed(event);
      addUp(event);
      return false;
    });
    this.#ready = this.#ready.concat(kept);
    this.#hasEvaluations = events > 0;
    this.#bytes -= bytes;
  }

  /** Sheds the evaluations that wait aside. */
  #shedAside(): void {
    for (const batch of this.#refused) {
      batch.filter((event) => {
        if (event.type !== "Evaluation") return true;
        this.#aside -= this.#free([event]);
        this.#countShed(event);
        return false;
      });
    }
  }

  #countShed(event: WaitingEvent): void {
    if (event.type !== "Evaluation") {
      this.#shed.others++;
      return;
    }
    this.#shed.evaluations++;
    this.#onShed?.(event);
  }
}
