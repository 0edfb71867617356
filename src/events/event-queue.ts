import { MAX_REQUEST_BYTES, MAX_WAITING_BYTES, MAX_WAITING_EVENTS } from "../contract/limits.ts";
import { RefusedBatch } from "./refused-batch.ts";
import { RepeatFinder } from "./repeat-finder.ts";
import type { WaitingEvent } from "./serialize.ts";

/** The size of the largest event that a request can carry, in bytes. */
const MAX_EVENT_BYTES = MAX_REQUEST_BYTES - '{"events":[]}'.length;

/** The share of a full queue that is freed in one pass (contract §5). */
const SHED_SHARE = 0.1;

/** How much may wait. */
export interface QueueCapacity {
  readonly events: number;
  readonly bytes: number;
}

/** How many events were shed, by reason: they made room for newer ones in a full queue. */
export interface ShedCounters {
  /** Evaluations that said what another waiting one says: same flag, user and variation. */
  readonly repeats: number;
  /** Other evaluations, the oldest first. */
  readonly evaluations: number;
  /** Custom and Identify events: shed only when no evaluation waits, or when they are too large to be sent. */
  readonly others: number;
}

/** Why an event was dropped: the service refused it, or the time of `close()` was over. */
export type DropReason = "rejected" | "closed";

/** What happened to the events recorded so far: each is counted in exactly one place. */
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

/**
 * The events that wait, oldest first: at most so many and so many bytes. Events that are being sent stay in the queue until
 * they are answered, since on request-scoped runtimes a sender can vanish at any moment. Refused batches wait aside.
 */
export class EventQueue {
  readonly #capacity: QueueCapacity;
  readonly #onShed: ((event: WaitingEvent) => void) | undefined;
  #ready: WaitingEvent[] = [];
  #refused: RefusedBatch[] = [];
  /** How many events wait aside. */
  #aside = 0;
  #bytes = 0;
  /** How many of the oldest ready events are being sent: they are not shed. */
  #underWay = 0;
  /** How many ready events are evaluations that are not being sent. */
  #evaluations = 0;
  readonly #repeats = new RepeatFinder();
  #fillRate = 0;
  #end = 0;
  #sent = 0;
  #shed = { repeats: 0, evaluations: 0, others: 0 };
  #dropped = { rejected: 0, closed: 0 };

  /** `onShed` receives each evaluation that was shed while no equal one waits. */
  constructor(
    capacity: QueueCapacity = { events: MAX_WAITING_EVENTS, bytes: MAX_WAITING_BYTES },
    onShed?: (event: WaitingEvent) => void,
  ) {
    this.#capacity = capacity;
    this.#onShed = onShed;
  }

  /** How many events are ready to be sent. None are while half of what may wait is aside: first those are searched. */
  get length(): number {
    return 2 * this.#aside >= this.#capacity.events ? 0 : this.#ready.length;
  }

  /** How many events wait in all. */
  get waiting(): number {
    return this.#ready.length + this.#aside;
  }

  /** Whether half of what may wait does: time to send more often (contract §5). */
  get isHalfFull(): boolean {
    return 2 * this.waiting >= this.#capacity.events || 2 * this.#bytes >= this.#capacity.bytes;
  }

  /** How many events make the queue half full. */
  get halfLength(): number {
    return Math.ceil(this.#capacity.events / 2);
  }

  /** The ready event that has waited longest. */
  get oldest(): WaitingEvent | undefined {
    return this.length === 0 ? undefined : this.#ready[0];
  }

  /** The number of the oldest event that waits, also aside; one past the newest if none waits. */
  get first(): number {
    let first = this.#ready[0]?.number ?? this.#end;
    for (const { events } of this.#refused) first = Math.min(first, events[0]?.number ?? first);
    return first;
  }

  /** One past the number of the newest event. */
  get end(): number {
    return this.#end;
  }

  /** The refused batch that is searched. */
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
    let hasShed = false;
    if (!this.hasRoomFor(1, event.size)) {
      hasShed = true;
      if (!this.#makeRoom(event)) return true;
    } else if (event.size > MAX_EVENT_BYTES) { // it can never be sent
      this.#countShed(event);
      return true;
    }
    event.number = this.#end++;
    this.#ready.push(event);
    this.#bytes += event.size;
    if (event.type === "Evaluation") this.#evaluations++;
    return hasShed;
  }

  /** The oldest ready events: at most `count` of them and `bytes` in all, but at least one. */
  peek(count: number, bytes: number): WaitingEvent[] {
    let end = 0;
    for (; end < count && end < this.#ready.length; end++) {
      bytes -= this.#ready[end]!.size;
      if (bytes < 0 && end > 0) break;
    }
    return this.#ready.slice(0, end);
  }

  /** Notes that the `count` oldest ready events are being sent: until the next call they are not shed. */
  markUnderWay(count: number): void {
    // What is no longer being sent has to be compared with the others.
    if (count < this.#underWay) this.#repeats.clear();
    this.#evaluations += this.#countEvaluations(this.#underWay) - this.#countEvaluations(count);
    this.#underWay = count;
  }

  /** Removes the `count` oldest ready events: the service has taken them. */
  delivered(count: number): void {
    this.#sent += count;
    this.#remove(count);
  }

  /** Removes the oldest ready event: the service refused it alone. */
  rejected(): void {
    this.#dropped.rejected++;
    this.#remove(1);
  }

  /** Puts the `count` oldest ready events aside: the service refused them together with others. */
  setAside(count: number, isRefused: boolean): void {
    const events = this.#ready.slice(0, count);
    this.#remove(count);
    for (const { size } of events) this.#bytes += size;
    this.#aside += events.length;
    this.#refused.push(new RefusedBatch(events, isRefused));
  }

  /** Applies the answer to the part that {@linkcode refusedBatch} offered; returns the event that was refused alone. */
  answerRefusedBatch(isAccepted: boolean): WaitingEvent | undefined {
    const batch = this.#refused[0]!;
    const part = batch.next();
    let rejected: WaitingEvent | undefined;
    if (isAccepted) {
      batch.accepted();
      this.#sent += part.length;
      this.#removeAside(part);
    } else {
      rejected = batch.refused();
      if (rejected !== undefined) {
        this.#dropped.rejected++;
        this.#removeAside([rejected]);
      }
    }
    if (batch.isDone) this.#refused.shift();
    return rejected;
  }

  /** Counts events that were refused before they were added. */
  countRejected(count: number): void {
    this.#dropped.rejected += count;
  }

  /** Drops all that waits: the time of `close()` is over. Returns how many events that were. */
  dropAll(): number {
    const left = this.waiting;
    this.#dropped.closed += left;
    this.#ready = [];
    this.#refused = [];
    this.#aside =
      this.#bytes =
      this.#underWay =
      this.#evaluations =
        0;
    this.#repeats.clear();
    return left;
  }

  #remove(count: number): void {
    this.markUnderWay(count);
    this.#underWay = 0;
    for (const { size } of this.#ready.splice(0, count)) this.#bytes -= size;
  }

  #countEvaluations(count: number): number {
    let evaluations = 0;
    for (let index = 0; index < count; index++) if (this.#ready[index]!.type === "Evaluation") evaluations++;
    return evaluations;
  }

  #removeAside(events: readonly WaitingEvent[]): void {
    this.#aside -= events.length;
    for (const { size } of events) this.#bytes -= size;
  }

  /** Makes room for an event in one pass (contract §5); returns whether it may be added. */
  #makeRoom(event: WaitingEvent): boolean {
    if (event.size > Math.min(this.#capacity.bytes, MAX_EVENT_BYTES)) {
      this.#countShed(event);
      return false;
    }
    const seconds = Math.max(1, event.recordedAt - (this.#ready[0] ?? event).recordedAt) / 1_000;
    this.#fillRate = Math.round(this.#ready.length / seconds);
    if (this.#evaluations > 0) this.#shedEvaluations();
    if (!this.hasRoomFor(1, event.size) && this.#aside > 0) this.#shedAside();
    if (this.hasRoomFor(1, event.size)) return true;
    if (event.type === "Evaluation") { // nothing but Custom and Identify events is left
      this.#countShed(event);
      return false;
    }
    while (!this.hasRoomFor(1, event.size) && this.#ready.length > this.#underWay) {
      // `shift` moves no other element on V8.
      const oldest = this.#underWay === 0 ? this.#ready.shift() : this.#ready.splice(this.#underWay, 1)[0];
      this.#bytes -= oldest!.size;
      this.#countShed(oldest!);
    }
    if (this.hasRoomFor(1, event.size)) return true;
    this.#countShed(event);
    return false;
  }

  /**
   * Sheds repeats; if those are under a tenth of the queue, the oldest evaluations up to a tenth. Events that one pass has
   * compared are not compared again by the next.
   */
  #shedEvaluations(): void {
    const most = { events: SHED_SHARE * this.#capacity.events, bytes: SHED_SHARE * this.#capacity.bytes };
    const { length } = this.#ready;
    let bytes = this.#repeats.removeRepeats(this.#ready, this.#underWay);
    let events = length - this.#ready.length;
    this.#shed.repeats += events;
    const others: WaitingEvent[] = [];
    let end = this.#underWay;
    for (; end < this.#ready.length && events < most.events && bytes < most.bytes; end++) {
      const event = this.#ready[end]!;
      if (event.type !== "Evaluation") {
        others.push(event);
        continue;
      }
      events++;
      bytes += event.size;
      this.#countShed(event);
    }
    const passed = end - this.#underWay;
    this.#ready.splice(this.#underWay, passed, ...others);
    this.#evaluations -= events;
    this.#bytes -= bytes;
  }

  /** Sheds the evaluations that wait aside. */
  #shedAside(): void {
    for (const batch of this.#refused) {
      batch.shed((event) => {
        if (event.type !== "Evaluation") return false;
        this.#removeAside([event]);
        this.#countShed(event);
        return true;
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
