import type { EventCounters } from "../events/event-queue.ts";
import type { FlagStatus } from "../store/flag-state.ts";

/** The status of a client at one moment (contract §6.2). */
export interface ClientStatus extends FlagStatus {
  /** The number of requests that this client's core made in the last minute. */
  readonly requestsInLastMinute: number;
  /** What happened to the analytics events. */
  readonly events: EventCounters;
}
