import type { HttpClient } from "../http/http-client.ts";
import type { Logger } from "../runtime/logger.ts";
import type { WaitUntil } from "../runtime/runtime.ts";
import type { Scheduler } from "../runtime/scheduler.ts";

/** What an event processor is made of. Times are in ms. */
export interface EventProcessorOptions {
  readonly http: Pick<HttpClient, "postEvents">;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly flushInterval: number;
  readonly flushBatchSize: number;
  /** Which evaluations are recorded; `"unique"`: the same flag, user and variation once per flush interval. */
  readonly evaluationEvents: "all" | "unique" | "none";
  /** Names that never leave in an event's metadata; `"*"` stands for all of them. */
  readonly privateAttributes: readonly string[];
  /** Whether timers and promises outlive the request that made them. Where they don't, `waitUntil` carries the delivery. */
  readonly hasBackground: boolean;
  /** The current request's `waitUntil`, asked for whenever a delivery is due and there is no background. */
  readonly waitUntil?: (() => WaitUntil | undefined) | undefined;
  /** How long one request may take. */
  readonly requestTimeout: number;
}

/** What has become of the events recorded so far: each is in exactly one of these. */
export interface EventCounters {
  /** Delivered: the service has answered with 2xx. */
  readonly sent: number;
  /** Neither delivered nor dropped yet, those under way included. */
  readonly waiting: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
}

/** Why an event was dropped: too many waited, the service refused it, or the time of `close()` was up. */
export type DropReason = "overflow" | "rejected" | "closed";

/** Takes events in, cheaply, and sees to it that they arrive (contract §5). No method throws or rejects. */
export interface EventProcessor {
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
  /** Where there is no background: hands a due delivery to `waitUntil` (the option's by default). */
  deliverIfDue(waitUntil?: WaitUntil): void;
  /** Sends all that waits; settles when that is done or has failed, at the latest after `timeout` ms (10,000). */
  flush(options?: { readonly timeout?: number }): Promise<void>;
  /** One last attempt for all that waits, within `timeout` ms (5,000); then the rest is dropped and nothing is left. */
  close(options?: { readonly timeout?: number }): Promise<void>;
  readonly counters: EventCounters;
}
