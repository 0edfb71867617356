import type { WaitUntil } from "../runtime/runtime.ts";
import { BackgroundDelivery } from "./background-delivery.ts";
import type { Delivery, DeliveryOptions } from "./delivery.ts";
import { EventQueue } from "./event-queue.ts";
import type { EventCounters, QueueCapacity } from "./event-queue.ts";
import type { PacedWarnings } from "./paced-warnings.ts";
import { RequestDelivery } from "./request-delivery.ts";
import { Sender } from "./sender.ts";
import type { SenderOptions } from "./sender.ts";
import type { WaitingEvent } from "./serialize.ts";

/** Options of an {@linkcode EventDelivery}. Times are in ms. */
export interface EventDeliveryOptions extends SenderOptions, DeliveryOptions {
  readonly scheduler: DeliveryOptions["scheduler"];
  /** Whether timers and promises outlive the request that made them. */
  readonly hasBackground: boolean;
}

/** The queues of an {@linkcode EventDelivery}: one, unless a relay has one for each key. */
export interface QueueOptions {
  readonly count?: number;
  readonly capacity?: QueueCapacity | undefined;
  /** Receives each evaluation that was shed while no equal one waits. */
  readonly onShed?: ((event: WaitingEvent) => void) | undefined;
}

/** Delivers events: takes them into a queue and sends them when they are due (contract §5). */
export class EventDelivery {
  readonly #queues: readonly EventQueue[];
  readonly #first: EventQueue;
  readonly #delivery: Delivery;
  readonly #warnings: PacedWarnings;
  readonly #now: () => number;
  /** When shed events were last reported; how many were recorded and shed by then. */
  #reportedAt = Number.NEGATIVE_INFINITY;
  #recordedBefore = 0;
  #shedBefore = 0;

  /** Creates a delivery without events, timers or requests. */
  constructor(options: EventDeliveryOptions, warnings: PacedWarnings, queues: QueueOptions = {}) {
    const { count = 1, capacity, onShed } = queues;
    this.#queues = Array.from({ length: count }, () => new EventQueue(capacity, onShed));
    this.#first = this.#queues[0]!;
    const sender = new Sender(this.#queues, options, warnings);
    this.#delivery = options.hasBackground
      ? new BackgroundDelivery(this.#queues, sender, options)
      : new RequestDelivery(this.#queues, sender, options);
    this.#warnings = warnings;
    this.#now = () => options.scheduler.now();
  }

  /** What happened to the events of a queue so far. */
  counters(queue = 0): EventCounters {
    return this.#queues[queue]!.counters;
  }

  /** Whether so many events of so many bytes in all can be taken into a queue without shedding. */
  hasRoomFor(count: number, bytes: number, queue = 0): boolean {
    return this.#queues[queue]!.hasRoomFor(count, bytes);
  }

  /** Takes an event into the first queue; others make room when it is full. Does nothing once closed. */
  add(event: WaitingEvent): void {
    if (this.#delivery.isClosing) return;
    const hasShed = this.#first.add(event);
    if (hasShed && this.#warnings.isDue("shed")) this.#reportShed(event.timestamp);
    this.#delivery.added(this.#first, event.timestamp);
  }

  /** Takes events into a queue that has room for them. Does nothing once closed. */
  addAll(events: readonly WaitingEvent[], queue: number): void {
    if (this.#delivery.isClosing) return;
    for (const event of events) this.#queues[queue]!.add(event);
    this.#delivery.addedMany(this.#now());
  }

  /** Counts events that were refused before they were taken into a queue. */
  countRejected(count: number, queue: number): void {
    this.#queues[queue]!.countRejected(count);
  }

  /**
   * Passes to `waitUntil` (by default the option's) a delivery that is due, or a request's wait until one is, unless another
   * request does either. Never throws.
   */
  deliverWhenDue(now: number, waitUntil?: WaitUntil): void {
    this.#delivery.deliverWhenDue(now, waitUntil);
  }

  /** Sends all that waits; `timeout` in ms. */
  async flush(timeout: number): Promise<void> {
    await this.#delivery.flush(timeout);
  }

  /** Sends all that waits, trying again as long as `timeout` ms allow, and drops the rest. */
  async close(timeout: number): Promise<void> {
    const left = await this.#delivery.close(timeout);
    this.#reportShed(this.#now(), true); // no interval follows
    if (left > 0) {
      this.#warnings.warn("closed", `${left} events dropped: not sent within the time limit of close()`);
    }
  }

  /** Warns of the events that were shed since the last report, with the rate that caused it and the remedy. */
  #reportShed(now: number, isLast = false): void {
    let [recorded, repeats, evaluations, others] = [0, 0, 0, 0];
    for (const { counters: { sent, waiting, shed, dropped } } of this.#queues) {
      repeats += shed.repeats;
      evaluations += shed.evaluations;
      others += shed.others;
      recorded += sent + waiting + dropped.rejected + dropped.closed;
    }
    const shed = repeats + evaluations + others;
    recorded += shed;
    if (shed === this.#shedBefore) return;
    const seconds = Math.max(1, (now - this.#reportedAt) / 1_000);
    const rate = Math.max(this.#first.fillRate, Math.round((recorded - this.#recordedBefore) / seconds));
    this.#warnings.warn(
      isLast ? "last shed" : "shed",
      `Event queue full: ${shed - this.#shedBefore} events shed at about ${rate} events/s ` +
        `(in all ${repeats} repeats, ${evaluations} evaluations, ${others} others): raise 'flushBatchSize', ` +
        `or set 'evaluationEvents' to "unique" or "hourly"`,
    );
    this.#reportedAt = now;
    this.#recordedBefore = recorded;
    this.#shedBefore = shed;
  }
}
