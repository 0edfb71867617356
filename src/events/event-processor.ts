import type { SdkEventType } from "../contract/sdk-event.ts";
import type { Logger } from "../runtime/logger.ts";
import type { WaitUntil } from "../runtime/runtime.ts";
import type { Scheduler } from "../runtime/scheduler.ts";
import type { EventCounters } from "./event-counters.ts";
import { EventDelivery } from "./event-delivery.ts";
import type { EventDeliveryOptions } from "./event-delivery.ts";
import { writeEvents } from "./event-json.ts";
import { createEventRecord } from "./event-record.ts";
import type { EventRecord } from "./event-record.ts";
import { serializeMetadata } from "./metadata.ts";
import { PacedWarnings } from "./paced-warnings.ts";
import { quote } from "../errors/quote.ts";
import { RecentEvaluations } from "./recent-evaluations.ts";

/** What an event processor is made of. Times are in ms. */
export interface EventProcessorOptions extends EventDeliveryOptions {
  /** Where warnings go: at most one of a kind per flush interval. */
  readonly logger: Logger;
  /** Which evaluations are recorded; `"unique"`: the same flag, user and variation once per flush interval. */
  readonly evaluationEvents: "all" | "unique" | "none";
  /** Top-level names that never leave in an event's metadata; `"*"` stands for all of them. */
  readonly privateAttributes: readonly string[];
  /** The current request's `waitUntil`, asked for when a delivery is due and there is no background. */
  readonly waitUntil?: (() => WaitUntil | undefined) | undefined;
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
  /** Records one evaluation; `timestamp` in ms since the epoch, now by default. */
  recordEvaluation(
    flagKey: string,
    userId: string | undefined,
    variationKey: string | undefined,
    prerequisiteKey: string | undefined,
    timestamp?: number,
  ): void;
  /** Records a custom event. `metadata` is serialized before this returns. */
  recordCustom(name: string, userId: string | undefined, metadata: unknown): void;
  /** Records who the user is: all attributes but the user id and the private ones. */
  recordIdentify(userId: string | undefined, attributes: Readonly<Record<string, unknown>>): void;
  /**
   * Hands to `waitUntil` (the option's by default) what lets the events leave, unless another request sees to it: the way
   * out where there is no background. What is not due yet is waited for behind the response, lest it be lost with the
   * last request.
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
  readonly counters: EventCounters;
}

/** How long `flush()` waits by default, in ms (contract §6). */
const FLUSH_TIMEOUT = 10_000;
/** How long `close()` waits by default, in ms (contract §6). */
const CLOSE_TIMEOUT = 5_000;
/** The longest user id, in characters (contract §5). */
const MAX_USER_ID = 1_024;

/** Makes an event processor. It arms a timer only while events wait, and none where there is no background. */
export function createEventProcessor(options: EventProcessorOptions): EventProcessor {
  return new BufferedEventProcessor(options);
}

class BufferedEventProcessor implements EventProcessor {
  readonly recordsEvaluations: boolean;
  readonly #scheduler: Scheduler;
  readonly #warnings: PacedWarnings;
  readonly #delivery: EventDelivery<EventRecord>;
  readonly #recent: RecentEvaluations | undefined;
  readonly #privateNames: ReadonlySet<string>;
  readonly #namesBesideUser: ReadonlySet<string>;
  readonly #hasBackground: boolean;
  readonly #waitUntil: (() => WaitUntil | undefined) | undefined;
  #closed = false;

  constructor(options: EventProcessorOptions) {
    const { evaluationEvents, flushInterval, privateAttributes } = options;
    this.#scheduler = options.scheduler;
    this.#warnings = new PacedWarnings(options.logger, flushInterval);
    this.#delivery = new EventDelivery(options, writeEvents, this.#warnings);
    this.recordsEvaluations = evaluationEvents !== "none";
    this.#recent = evaluationEvents === "unique" ? new RecentEvaluations(flushInterval) : undefined;
    this.#privateNames = new Set(privateAttributes);
    this.#namesBesideUser = new Set([...privateAttributes, "user_id", "userId"]);
    this.#hasBackground = options.hasBackground;
    this.#waitUntil = options.waitUntil;
  }

  get counters(): EventCounters {
    return this.#delivery.counters;
  }

  recordEvaluation(
    flagKey: string,
    userId: string | undefined,
    variationKey: string | undefined,
    prerequisiteKey: string | undefined,
    timestamp?: number,
  ): void {
    if (!this.recordsEvaluations) return;
    const now = timestamp ?? this.#scheduler.now();
    if (!this.#accepts(flagKey, now)) return;
    const user = this.#checkUserId(userId, flagKey, now);
    if (this.#recent?.add(flagKey, variationKey, user, now) === false) return;
    this.#record("Evaluation", flagKey, user, variationKey, prerequisiteKey, undefined, now);
  }

  recordCustom(name: string, userId: string | undefined, metadata: unknown): void {
    this.#recordWithMetadata("Custom", name, userId, metadata, this.#privateNames);
  }

  recordIdentify(userId: string | undefined, attributes: Readonly<Record<string, unknown>>): void {
    this.#recordWithMetadata("Identify", "$identify", userId, attributes, this.#namesBesideUser);
  }

  deliverWhenDue(waitUntil?: WaitUntil): void {
    this.#deliverWhenDue(this.#scheduler.now(), waitUntil);
  }

  flush({ timeout = FLUSH_TIMEOUT }: EventTimeout = {}): Promise<void> {
    return this.#delivery.flush(timeout);
  }

  close({ timeout = CLOSE_TIMEOUT }: EventTimeout = {}): Promise<void> {
    this.#closed = true;
    return this.#delivery.close(timeout);
  }

  #recordWithMetadata(
    type: SdkEventType,
    name: string,
    userId: string | undefined,
    metadata: unknown,
    omitted: ReadonlySet<string>,
  ): void {
    const now = this.#scheduler.now();
    if (!this.#accepts(name, now)) return;
    const { json, problem } = serializeMetadata(metadata, omitted);
    if (problem !== undefined) {
      this.#warnings.warn("metadata", now, `The event ${quote(name)} goes without its metadata: ${problem}`);
    }
    this.#record(type, name, this.#checkUserId(userId, name, now), undefined, undefined, json, now);
  }

  /** Plain JavaScript may hand in anything, and one event that is no JSON would cost its whole batch. */
  #accepts(name: unknown, now: number): boolean {
    if (this.#closed) return false;
    if (typeof name === "string") return true;
    this.#warnings.warn("name", now, `An event was left out: its name must be a string, not ${typeof name}`);
    return false;
  }

  #checkUserId(userId: string | undefined, name: string, now: number): string | undefined {
    if (userId === undefined || userId.length <= MAX_USER_ID) return userId;
    const message = `The event ${quote(name)} goes without its user id: it is longer than 1,024 characters`;
    this.#warnings.warn("userId", now, message);
    return undefined;
  }

  #record(
    type: SdkEventType,
    name: string,
    userId: string | undefined,
    variation: string | undefined,
    prerequisiteKey: string | undefined,
    metadata: string | undefined,
    now: number,
  ): void {
    this.#delivery.add(
      createEventRecord(type, name, userId, variation, prerequisiteKey, metadata, now),
    );
    if (!this.#hasBackground) this.#deliverWhenDue(now);
  }

  #deliverWhenDue(now: number, waitUntil?: WaitUntil): void {
    const isDue = this.#delivery.isDue(now);
    if (!isDue && !this.#delivery.isUnattended(now)) return;
    try {
      const keepAlive = waitUntil ?? this.#waitUntil?.();
      keepAlive?.(isDue ? this.#delivery.deliverDue() : this.#delivery.attend());
    } catch {
      // A host that refuses the promise costs this delivery and nothing else: its lease expires, the events still wait.
    }
  }
}
