import { HTTPException } from "hono/http-exception";
import { MAX_WAITING_BYTES, MAX_WAITING_EVENTS } from "../../contract/limits.ts";
import type { SdkEvent } from "../../contract/wire.ts";
import { createDelivery } from "../../events/event-processor.ts";
import type { EventDeliveryOptions } from "../../events/event-processor.ts";
import type { Delivery } from "../../events/delivery.ts";
import { EventQueue } from "../../events/event-queue.ts";
import type { EventCounters } from "../../events/event-queue.ts";
import { createPacedWarnings } from "../../events/paced-warnings.ts";
import { createEvent } from "../../events/serialize.ts";
import type { WaitingEvent } from "../../events/serialize.ts";
import type { Logger } from "../../runtime/logger.ts";
import { decodeSdkEvents } from "../api/sdk-events.ts";
import { unavailable } from "../http/problem.ts";
import { RelayedQueues } from "./relayed-queues.ts";

/** Options of {@linkcode RelayedEvents}; times in ms. */
export interface RelayedEventsOptions extends EventDeliveryOptions {
  readonly logger: Logger;
  /** How many keys the relay has. */
  readonly keyCount: number;
  /** How many events of each key may wait. */
  readonly maxWaitingEvents: number;
}

/** The `Retry-After` of a client whose events do not fit, in seconds. */
const RETRY_AFTER = 5;

/**
 * The events of all clients, merged into batches for the service (contract §9). Each relay key has a queue of its own, and
 * the queues are served in turn. No event is dropped for lack of room: while the service does not accept events, clients are
 * asked to keep theirs.
 */
export class RelayedEvents {
  readonly #now: () => number;
  readonly #maxWaitingEvents: number;
  readonly #maxWaitingBytes: number;
  readonly #queues: readonly EventQueue[];
  readonly #delivery: Delivery;
  readonly #refused: number[];
  #isClosing = false;

  /** Creates empty queues. */
  constructor(options: RelayedEventsOptions) {
    const { maxWaitingEvents, keyCount, scheduler } = options;
    this.#now = () => scheduler.now();
    this.#maxWaitingEvents = maxWaitingEvents;
    this.#refused = new Array<number>(keyCount).fill(0);
    const bytes = this.#maxWaitingBytes = Math.ceil(
      MAX_WAITING_BYTES * maxWaitingEvents / MAX_WAITING_EVENTS,
    );
    const numbers = { end: 0 };
    this.#queues = Array.from(
      { length: keyCount },
      () => new EventQueue({ events: maxWaitingEvents, bytes }, undefined, numbers),
    );
    const source = new RelayedQueues(this.#queues, this.#now);
    this.#delivery = createDelivery(source, options, createPacedWarnings(options));
  }

  /** Counters of each key's events so far, in the order of the keys. */
  get countersByKey(): readonly EventCounters[] {
    return this.#queues.map(({ counters }) => counters);
  }

  /** Counters of all events so far. */
  get counters(): EventCounters {
    return this.countersByKey.reduce((sum, { sent, waiting, shed, dropped }) => ({
      sent: sum.sent + sent,
      waiting: sum.waiting + waiting,
      shed: {
        repeats: sum.shed.repeats + shed.repeats,
        evaluations: sum.shed.evaluations + shed.evaluations,
        others: sum.shed.others + shed.others,
      },
      dropped: {
        rejected: sum.dropped.rejected + dropped.rejected,
        closed: sum.dropped.closed + dropped.closed,
      },
    }));
  }

  /**
   * Checks, before a body is read, that its events can be accepted.
   *
   * @param key The position of the client's key.
   * @param bytes The length that the request announces; 0 when it does not.
   * @throws {HTTPException} 413 when there can never be room for them, 503 when there is none now.
   */
  admit(key: number, bytes: number): void {
    this.#checkRoom(key, 1, bytes);
  }

  /**
   * Accepts all events of one request, or none. Those of an unknown type count as rejected.
   *
   * @throws {PayloadError} when the body is malformed: nothing of it is passed on.
   * @throws {HTTPException} 413 when the request exceeds the bounds, 503 when there is no room for the events now.
   */
  take(key: number, body: unknown): void {
    const now = this.#now();
    const { events, unknown } = decodeSdkEvents(body, now, this.#maxWaitingEvents);
    const waiting = events.map((event) => toWaitingEvent(event, now));
    const bytes = waiting.reduce((sum, { size }) => sum + size, 0);
    this.#checkRoom(key, events.length, bytes);
    const queue = this.#queues[key]!;
    queue.countRejected(unknown);
    for (const event of waiting) queue.add(event);
    this.#delivery.added(now, true);
  }

  /** Accepts one event of the relay itself, or drops it if there is no room: no client keeps it. */
  offer(key: number, event: SdkEvent): void {
    const now = this.#now();
    const waiting = toWaitingEvent(event, now);
    const queue = this.#queues[key]!;
    if (this.#isClosing || !queue.hasRoomFor(1, waiting.size)) return;
    queue.add(waiting);
    this.#delivery.added(now, true);
  }

  /** Accepts no more events, and sends those that wait, for `timeout` ms at most. */
  async close(timeout: number): Promise<void> {
    this.#isClosing = true;
    await this.#delivery.close(timeout);
  }

  /** How many requests of each key were refused for lack of room. */
  get refusedRequests(): readonly number[] {
    return this.#refused;
  }

  #checkRoom(key: number, count: number, bytes: number): void {
    if (this.#isClosing) throw unavailable("The relay is closing", 1);
    // A 503 would bring the same request back without end; after a 413 a client sends fewer events.
    if (bytes > this.#maxWaitingBytes) {
      throw new HTTPException(413, {
        message: `The events must be at most ${this.#maxWaitingBytes} bytes long`,
      });
    }
    if (this.#queues[key]!.hasRoomFor(count, bytes)) return;
    this.#refused[key]!++;
    throw unavailable("Too many events are waiting for the service", RETRY_AFTER);
  }
}

/** An event of a client, as the relay sends it: only the fields of the contract. */
function toWaitingEvent(event: SdkEvent, now: number): WaitingEvent {
  const { flagKey: name, timestamp, metadata, ...content } = event;
  return createEvent({
    ...content,
    name,
    metadata: metadata && JSON.stringify(metadata),
    timestamp: Date.parse(timestamp),
    recordedAt: now,
  });
}
