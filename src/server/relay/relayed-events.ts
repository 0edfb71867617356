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

/** What relayed events need. Times are in ms. */
export interface RelayedEventsOptions extends EventDeliveryOptions {
  readonly logger: Logger;
}

/** How long a client whose events find no room is asked to wait, in seconds. */
const RETRY_AFTER = 5;

const BodySchema: v.GenericSchema<
  unknown,
  { readonly events: readonly Readonly<Record<string, unknown>>[] }
> = objectSchema({
  events: v.array(
    v.pipe(
      JsonObjectSchema,
      // Two for the event and its metadata, the rest for what may stand in them.
      v.check((event) => isNestedWithin(event, MAX_NESTING + 2), `JSON of at most ${MAX_NESTING} levels`),
    ),
    "a list",
  ),
});

/**
 * The events of all clients on their way to the service, merged into its batches (contract §5). None is dropped for want of
 * room: while the service does not take them, clients are asked to keep theirs.
 */
export class RelayedEvents {
  readonly #options: RelayedEventsOptions;
  readonly #delivery: EventDelivery;
  #closing = false;

  /** Makes a delivery that has nothing to do yet. */
  constructor(options: RelayedEventsOptions) {
    this.#options = options;
    this.#delivery = createEventDelivery(options, createPacedWarnings(options));
  }

  /** What has become of the events so far. */
  get counters(): EventCounters {
    return this.#delivery.counters();
  }

  /**
   * Takes in all events of one request, or none.
   *
   * @throws {PayloadError} when the body is no list of events.
   * @throws {HTTPException} 413 when so many can never be taken at once, 503 when there is no room for them now.
   */
  take(body: unknown): void {
    const now = this.#options.scheduler.now();
    const events = validate(BodySchema, body).events.map((event) => toWaitingEvent(event, now));
    const bytes = events.reduce((sum, { size }) => sum + size, 0);
    if (events.length > MAX_WAITING_EVENTS || bytes > MAX_WAITING_BYTES) {
      const message =
        `A request can carry at most ${MAX_WAITING_EVENTS} events and ${MAX_WAITING_BYTES} bytes of them`;
      throw new HTTPException(413, { message });
    }
    if (this.#closing) throw unavailable("The relay is closing", 1);
    if (!this.#delivery.hasRoomFor(events.length, bytes)) {
      throw unavailable("Too many events wait for the service", RETRY_AFTER);
    }
    for (const event of events) this.#delivery.add(event);
  }

  /** Takes no more events and makes one last attempt for all that wait, within `timeout` ms. */
  async close(timeout: number): Promise<void> {
    this.#closing = true;
    await this.#delivery.close(timeout);
  }
}

/** An event of a client, as it came: the service, and nobody before it, says what an event may be. */
function toWaitingEvent(event: Readonly<Record<string, unknown>>, timestamp: number): WaitingEvent {
  const json = JSON.stringify(event);
  const { flagKey } = event;
  // One more for the comma.
  return { json, size: utf8Length(json) + 1, flagKey: typeof flagKey === "string" ? flagKey : "", timestamp };
}
