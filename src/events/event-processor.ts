import { CLOSE_TIMEOUT_MS, FLUSH_TIMEOUT_MS, MAX_USER_ID_LENGTH } from "../contract/limits.ts";
import type { SdkEventType } from "../contract/sdk-event.ts";
import { quote } from "../errors/format.ts";
import type { Logger } from "../runtime/logger.ts";
import type { WaitUntil } from "../runtime/runtime.ts";
import { createEventDelivery } from "./event-delivery.ts";
import type { EventDeliveryOptions } from "./event-delivery.ts";
import type { EventCounters } from "./event-queue.ts";
import { createPacedWarnings } from "./paced-warnings.ts";
import { createRecentEvaluations } from "./recent-evaluations.ts";
import { serializeMetadata, writeEvent } from "./serialize.ts";

/** What an event processor is made of. Times are in ms. */
export interface EventProcessorOptions extends EventDeliveryOptions {
  /** Where warnings go: at most one of a kind per flush interval. */
  readonly logger: Logger;
  /** Which evaluations are recorded; `"unique"`: the same flag, user and variation once per flush interval. */
  readonly evaluationEvents: "all" | "unique" | "none";
  /** Top-level names that never leave in an event's metadata; `"*"` stands for all of them. */
  readonly privateAttributes: readonly string[];
}

/** How long a flush or a close may take. */
export interface EventTimeout {
  /** In ms. */
  readonly timeout?: number | undefined;
}

/** Takes events in, cheaply, and sees to it that they arrive (contract §5). No method throws or rejects. */
export interface EventProcessor {
  /**
   * Whether evaluations are recorded at all. Where they are not, nothing need be gathered for {@linkcode recordEvaluation}:
   * no user id, no time.
   */
  readonly recordsEvaluations: boolean;
  /** Records one evaluation. */
  recordEvaluation(
    flagKey: string,
    userId: string | undefined,
    variationKey: string | undefined,
    prerequisiteKey: string | undefined,
  ): void;
  /** Records a custom event. `metadata` is serialized before this returns. */
  recordCustom(name: string, userId: string | undefined, metadata: unknown): void;
  /** Records who the user is: all attributes but the user id and the private ones. */
  recordIdentify(userId: string | undefined, attributes: Readonly<Record<string, unknown>>): void;
  /**
   * Hands to `waitUntil` (the option's by default) what lets the events leave, unless another request sees to it: the way
   * out where there is no background, or one that stands still between requests. What is not due yet is waited for behind
   * the response, lest it be lost with the last request.
   */
  deliverWhenDue(waitUntil?: WaitUntil): void;
  /**
   * Sends all that waits. Settles when that has been delivered, when it has failed and the next attempt would come too
   * late, and at the latest after `timeout` (10,000 ms).
   */
  flush(options?: EventTimeout): Promise<void>;
  /**
   * Takes no more events and makes one last attempt for all that wait, within `timeout` (5,000 ms). What is left then is
   * dropped, and no timer remains; a request that hangs is the HTTP client's to end.
   */
  close(options?: EventTimeout): Promise<void>;
  /** What has become of the events so far. */
  counters(): EventCounters;
}

/** Makes an event processor. It arms a timer only while events wait, and none where there is no background. */
export function createEventProcessor(options: EventProcessorOptions): EventProcessor {
  const { evaluationEvents, privateAttributes, scheduler } = options;
  const warnings = createPacedWarnings(options);
  const delivery = createEventDelivery(options, warnings);
  const isNew = evaluationEvents === "unique" ? createRecentEvaluations(options.flushInterval) : undefined;
  const privateNames = new Set(privateAttributes);
  const namesBesideUser = new Set([...privateAttributes, "user_id", "userId"]);

  /** Plain JavaScript may hand in anything, and one event that is no JSON would cost its whole batch. */
  function isName(name: unknown): boolean {
    if (typeof name === "string") return true;
    warnings.warn("name", `An event was left out: its name must be a string, not ${typeof name}`);
    return false;
  }

  function checkUserId(userId: string | undefined, name: string): string | undefined {
    if (userId === undefined || userId.length <= MAX_USER_ID_LENGTH) return userId;
    const message = `The event ${quote(name)} goes without its user id: it is longer than 1,024 characters`;
    warnings.warn("userId", message);
    return undefined;
  }

  function record(
    type: SdkEventType,
    name: string,
    userId: string | undefined,
    metadata: unknown,
    omitted: ReadonlySet<string>,
  ): void {
    if (!isName(name)) return;
    const { json, problem } = serializeMetadata(metadata, omitted);
    if (problem !== undefined) {
      warnings.warn("metadata", `The event ${quote(name)} goes without its metadata: ${problem}`);
    }
    const user = checkUserId(userId, name);
    delivery.add(writeEvent(type, name, user, undefined, undefined, json, scheduler.now()));
  }

  return {
    recordsEvaluations: evaluationEvents !== "none",
    recordEvaluation(flagKey, userId, variationKey, prerequisiteKey) {
      if (evaluationEvents === "none" || !isName(flagKey)) return;
      const now = scheduler.now();
      const user = checkUserId(userId, flagKey);
      if (isNew?.(flagKey, variationKey, user, now) === false) return;
      delivery.add(writeEvent("Evaluation", flagKey, user, variationKey, prerequisiteKey, undefined, now));
    },
    recordCustom(name, userId, metadata) {
      record("Custom", name, userId, metadata, privateNames);
    },
    recordIdentify(userId, attributes) {
      record("Identify", "$identify", userId, attributes, namesBesideUser);
    },
    deliverWhenDue: (waitUntil) => delivery.deliverWhenDue(scheduler.now(), waitUntil),
    flush: ({ timeout = FLUSH_TIMEOUT_MS } = {}) => delivery.flush(timeout),
    close: ({ timeout = CLOSE_TIMEOUT_MS } = {}) => delivery.close(timeout),
    counters: delivery.counters,
  };
}

/** What a client has that records nothing (`sendEvents: false`, a test client): no memory, no timer, no request. */
export const NO_EVENTS: EventProcessor = {
  recordsEvaluations: false,
  recordEvaluation() {},
  recordCustom() {},
  recordIdentify() {},
  deliverWhenDue() {},
  async flush() {},
  async close() {},
  // Anew each time: all clients without events share this.
  counters: () => ({ sent: 0, waiting: 0, dropped: { overflow: 0, rejected: 0, closed: 0 } }),
};
