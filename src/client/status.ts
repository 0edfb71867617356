import type { EventCounters } from "../events/event-queue.ts";
import type { FlagStatus } from "../store/flag-state.ts";

/**
 * The status of a client at one moment (contract §6.2). A minor version may add properties, states, modes and sources: keep a
 * `default` in a `switch`. Not for implementing.
 */
export interface ClientStatus extends FlagStatus {
  /** Whether the client was closed: it serves defaults, and has no source, version or age. */
  readonly isClosed: boolean;
  /** The number of requests that this client's core made in the last minute. */
  readonly requestsInLastMinute: number;
  /** What happened to the analytics events. */
  readonly events: EventCounters;
}
