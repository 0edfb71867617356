import { CLOSE_TIMEOUT_MS, FLUSH_TIMEOUT_MS, HOUR_MS, MAX_USER_ID_LENGTH } from "../contract/limits.ts";
import type { SdkEventType } from "../contract/wire.ts";
import { quote } from "../errors/format.ts";
import type { Logger } from "../runtime/logger.ts";
import type { WaitUntil } from "../runtime/runtime.ts";
import { BackgroundDelivery } from "./background-delivery.ts";
import type { Delivery, DeliveryOptions } from "./delivery.ts";
import { EventQueue } from "./event-queue.ts";
import type { EventCounters, EventSource } from "./event-queue.ts";
import { createPacedWarnings } from "./paced-warnings.ts";
import type { PacedWarnings } from "./paced-warnings.ts";
import { RecentEvaluations } from "./recent-evaluations.ts";
import { RequestDelivery } from "./request-delivery.ts";
import { Sender } from "./sender.ts";
import type { SenderOptions } from "./sender.ts";
import { createEvaluation, createEvent, serializeMetadata, textsOf } from "./serialize.ts";
import type { WaitingEvent } from "./serialize.ts";

/** Options of a delivery of events. Times are in ms. */
export interface EventDeliveryOptions extends SenderOptions, DeliveryOptions {
  readonly scheduler: DeliveryOptions["scheduler"];
  /** Whether timers and promises outlive the request that made them. */
  readonly hasBackground: boolean;
}

/** Options of an event processor. Times are in ms. */
export interface EventProcessorOptions extends EventDeliveryOptions {
  /** Receives warnings: at most one of a kind per flush interval. */
  readonly logger: Logger;
  /** `"unique"` and `"hourly"`: the same flag, user and variation once per flush interval, or once per hour. */
  readonly evaluationEvents: "all" | "unique" | "hourly" | "none";
  /** Top-level names that are never sent in an event's metadata; `"*"` means all. */
  readonly privateAttributes: readonly string[];
}

/** Records events and delivers them (contract §5). No method throws or rejects. */
export interface EventProcessor {
  /** Whether evaluations are recorded. If not, no user id has to be read for {@linkcode recordEvaluation}. */
  readonly recordsEvaluations: boolean;
  /** Records one evaluation; a minor one is shed before all other events. */
  recordEvaluation(
    flagKey: string,
    userId: string | undefined,
    variationKey: string | undefined,
    prerequisiteKey: string | undefined,
    isMinor?: boolean,
  ): void;
  /** Records a custom event. `metadata` is serialized before this returns. */
  recordCustom(name: string, userId: string | undefined, metadata: unknown): void;
  /** Records the attributes of a user, except the user id and the private ones. */
  recordIdentify(userId: string | undefined, attributes: Readonly<Record<string, unknown>>): void;
  /**
   * Passes to `waitUntil` (by default the option's) what delivers the events, unless another request does. Where there is no
   * background, or one that is frozen between requests, events leave this way: what is not due yet is waited for after the
   * response, or the last request's events would be lost.
   */
  deliverWhenDue(waitUntil?: WaitUntil): void;
  /**
   * Sends all that waits. Settles when that is delivered, when it failed and the next attempt would be too late, and at the
   * latest after `timeout` ms (10,000 by default).
   */
  flush(timeout?: number): Promise<void>;
  /**
   * Records nothing any more and sends all that waits, trying again for `timeout` ms (5,000 by default). Drops the rest and
   * leaves no timer; the HTTP client ends a request that hangs.
   */
  close(timeout?: number): Promise<void>;
  /** What happened to the events so far. */
  counters(): EventCounters;
}

/** Creates an event processor. It sets a timer only while events wait, and none where there is no background. */
export function createEventProcessor(options: EventProcessorOptions): EventProcessor {
  const { evaluationEvents, privateAttributes, scheduler } = options;
  const warnings = createPacedWarnings(options);
  const recent = createRecent(options);
  const queue = new EventQueue(undefined, (event) => {
    if (recent === undefined) return;
    const { flagKey, variation, userId } = textsOf(event);
    recent.forget(flagKey, variation, userId);
  });
  const delivery = createDelivery(queue, options, warnings);
  const reportShed = createShedReport(queue, warnings);
  const privateNames = new Set(privateAttributes);
  const namesBesideUser = new Set([...privateAttributes, "user_id", "userId"]);

  /** Others make room for an event when the queue is full. */
  function add(event: WaitingEvent): void {
    if (delivery.isClosing) return;
    const hasShed = queue.add(event);
    if (hasShed && warnings.isDue("shed")) reportShed(event.timestamp, "shed");
    delivery.added(event.timestamp);
  }

  /** In plain JavaScript a name may be anything, and one event that is not JSON would cost its whole batch. */
  function isName(name: unknown): boolean {
    if (typeof name === "string") return true;
    warnings.warn("name", `Event dropped: its name must be a string, but is ${typeof name}`);
    return false;
  }

  function checkUserId(userId: string | undefined, name: string): string | undefined {
    if (userId === undefined || userId.length <= MAX_USER_ID_LENGTH) return userId;
    const message = `Event ${quote(name)} sent without its user id: it is longer than 1,024 characters`;
    warnings.warn("userId", message);
    return undefined;
  }

  // Beside its only caller, which engines inline: most evaluations are known already (bench: events-unique).
  function addEvaluation(isMinor: boolean | undefined, ...parts: Parameters<typeof createEvaluation>): void {
    const event = createEvaluation(...parts);
    add(isMinor ? { ...event, isMinor } : event);
  }

  function record(
    type: SdkEventType,
    name: string,
    userId: string | undefined,
    attributes: unknown,
    omitted: ReadonlySet<string>,
  ): void {
    if (!isName(name)) return;
    const { json: metadata, problem } = serializeMetadata(attributes, omitted);
    if (problem !== undefined) {
      warnings.warn("metadata", `Event ${quote(name)} sent without its metadata: ${problem}`);
    }
    const user = checkUserId(userId, name);
    add(createEvent({ type, name, userId: user, metadata, timestamp: scheduler.now() }));
  }

  return {
    recordsEvaluations: evaluationEvents !== "none",
    recordEvaluation(flagKey, userId, variationKey, prerequisiteKey, isMinor) {
      if (evaluationEvents === "none" || !isName(flagKey)) return;
      const now = scheduler.now();
      const user = checkUserId(userId, flagKey);
      if (recent?.isNew(flagKey, variationKey, user, now) === false) return;
      addEvaluation(isMinor, flagKey, user, variationKey, prerequisiteKey, now);
    },
    recordCustom(name, userId, metadata) {
      record("Custom", name, userId, metadata, privateNames);
    },
    recordIdentify(userId, attributes) {
      record("Identify", "$identify", userId, attributes, namesBesideUser);
    },
    deliverWhenDue: (waitUntil) => delivery.deliverWhenDue(scheduler.now(), waitUntil),
    flush: (timeout = FLUSH_TIMEOUT_MS) => delivery.flush(timeout),
    async close(timeout = CLOSE_TIMEOUT_MS) {
      const left = await delivery.close(timeout);
      reportShed(scheduler.now(), "last shed"); // no interval follows
      if (left > 0) {
        warnings.warn("closed", `${left} events dropped: not sent within the time limit of close()`);
      }
    },
    counters: () => queue.counters,
  };
}

/** Creates the delivery of what waits in `source`, as the runtime allows it (contract §5). It has no timers or requests yet. */
export function createDelivery(
  source: EventSource,
  options: EventDeliveryOptions,
  warnings: PacedWarnings,
): Delivery {
  const sender = new Sender(source, options, warnings);
  const DeliveryClass = options.hasBackground ? BackgroundDelivery : RequestDelivery;
  return new DeliveryClass(source, sender, options);
}

/** Creates the function that warns of the events that were shed since its last call, with the rate and the remedy. */
function createShedReport(queue: EventQueue, warnings: PacedWarnings): (now: number, kind: string) => void {
  let before = { at: -Infinity, recorded: 0, shed: 0 };
  return (now, kind) => {
    const { repeats, evaluations, others } = queue.counters.shed;
    const shed = repeats + evaluations + others;
    if (shed === before.shed) return;
    const recorded = queue.end;
    const seconds = Math.max(1, (now - before.at) / 1_000);
    const rate = Math.max(queue.fillRate, Math.round((recorded - before.recorded) / seconds));
    warnings.warn(
      kind,
      `Event queue full: ${shed - before.shed} events shed at about ${rate} events/s ` +
        `(in all ${repeats} repeats, ${evaluations} evaluations, ${others} others): raise 'flushBatchSize', ` +
        `or set 'evaluationEvents' to "unique" or "hourly"`,
    );
    before = { at: now, recorded, shed };
  };
}

/** The memory of evaluations that are not to be recorded again. */
function createRecent(
  { evaluationEvents, flushInterval }: EventProcessorOptions,
): RecentEvaluations | undefined {
  if (evaluationEvents === "unique") return new RecentEvaluations(flushInterval);
  return evaluationEvents === "hourly" ? new RecentEvaluations(HOUR_MS) : undefined;
}

/** The processor of clients that record nothing (`sendEvents: false`, test clients): no memory, no timer, no request. */
export const NO_EVENTS: EventProcessor = {
  recordsEvaluations: false,
  recordEvaluation() {},
  recordCustom() {},
  recordIdentify() {},
  deliverWhenDue() {},
  async flush() {},
  async close() {},
  // New objects each time: all clients without events share this processor.
  counters: () => new EventQueue().counters,
};
