import { HTTPException } from "hono/http-exception";
import * as v from "valibot";
import { MAX_NESTING, MAX_WAITING_BYTES, MAX_WAITING_EVENTS } from "../../contract/limits.ts";
import { createEventDelivery } from "../../events/event-delivery.ts";
import type { EventDelivery, EventDeliveryOptions } from "../../events/event-delivery.ts";
import type { EventCounters, WaitingEvent } from "../../events/event-queue.ts";
import { createPacedWarnings } from "../../events/paced-warnings.ts";
import { utf8Length } from "../../events/serialize.ts";
import type { Logger } from "../../runtime/logger.ts";
import { unavailable } from "../http/problem.ts";
import { isNestedWithin } from "../http/read-json.ts";
import { JsonObjectSchema, objectSchema, validate } from "../http/validate.ts";

/** Options of {@linkcode RelayedEvents}; times in ms. */
export interface RelayedEventsOptions extends EventDeliveryOptions {
  readonly logger: Logger;
}

/** The `Retry-After` of a client whose events do not fit, in seconds. */
const RETRY_AFTER = 5;

const BodySchema: v.GenericSchema<
  unknown,
  { readonly events: readonly Readonly<Record<string, unknown>>[] }
> = objectSchema({
  events: v.array(
    v.pipe(
      JsonObjectSchema,
      // Two levels for the event and its metadata, the rest for the values.
      v.check((event) => isNestedWithin(event, MAX_NESTING + 2), `JSON of at most ${MAX_NESTING} levels`),
    ),
    "a list",
  ),
});

/**
 * The events of all clients, merged into batches for the service (contract §5). None is dropped for lack of room: while
 * the service does not accept events, clients are asked to keep theirs.
 */
export class RelayedEvents {
  readonly #options: RelayedEventsOptions;
  readonly #delivery: EventDelivery;
  #closing = false;

  /** Creates an empty queue. */
  constructor(options: RelayedEventsOptions) {
    this.#options = options;
    this.#delivery = createEventDelivery(options, createPacedWarnings(options));
  }

  /** Counters of the events so far. */
  get counters(): EventCounters {
    return this.#delivery.counters();
  }

  /**
   * Accepts all events of one request, or none.
   *
   * @throws {PayloadError} when the body is not a list of events.
   * @throws {HTTPException} 413 when the request exceeds the bounds, 503 when there is no room for the events now.
   */
  take(body: unknown): void {
    const now = this.#options.scheduler.now();
    const events = validate(BodySchema, body).events.map((event) => toWaitingEvent(event, now));
    const bytes = events.reduce((sum, { size }) => sum + size, 0);
    if (events.length > MAX_WAITING_EVENTS || bytes > MAX_WAITING_BYTES) {
      const message =
        `A request may carry at most ${MAX_WAITING_EVENTS} events and ${MAX_WAITING_BYTES} bytes of events`;
      throw new HTTPException(413, { message });
    }
    if (this.#closing) throw unavailable("The relay is closing", 1);
    if (!this.#delivery.hasRoomFor(events.length, bytes)) {
      throw unavailable("Too many events are waiting for the service", RETRY_AFTER);
    }
    for (const event of events) this.#delivery.add(event);
  }

  /** Accepts no more events, and makes one last attempt to send those that wait, within `timeout` ms. */
  async close(timeout: number): Promise<void> {
    this.#closing = true;
    await this.#delivery.close(timeout);
  }
}

/** An event of a client, as received. Only the service decides what an event may contain. */
function toWaitingEvent(event: Readonly<Record<string, unknown>>, timestamp: number): WaitingEvent {
  const json = JSON.stringify(event);
  const { flagKey } = event;
  // One more for the comma.
  return { json, size: utf8Length(json) + 1, flagKey: typeof flagKey === "string" ? flagKey : "", timestamp };
}
