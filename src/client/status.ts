import type { EffectiveMode, SnapshotSource } from "../data-source/data-source.ts";
import type { FeatureflipError } from "../errors/featureflip-error.ts";
import type { EventCounters } from "../events/event-queue.ts";

/**
 * How a client is, in OpenFeature's words (contract §6.2).
 *
 * - `NOT_READY`: no flags yet, or none any more: the client is closed.
 * - `READY`: flags, confirmed lately.
 * - `STALE`: flags, but nothing has confirmed them for too long.
 * - `ERROR`: no flags, and the last attempt to get some failed; it goes on trying.
 * - `FATAL`: no flags, and the service rejects the SDK key.
 */
export type ClientState = "NOT_READY" | "READY" | "STALE" | "ERROR" | "FATAL";

/** What a client knows about itself at one moment (contract §6.2). */
export interface ClientStatus {
  /** How it is. */
  readonly state: ClientState;
  /** How flags are kept current, as it is in effect. */
  readonly mode: EffectiveMode;
  /** Why that is not what was asked for; left out when it is. */
  readonly modeReason?: string;
  /** Where the flags came from; left out while there are none. */
  readonly source?: SnapshotSource;
  /** The snapshot's version; left out while there is none. */
  readonly version?: number;
  /** How long ago, in ms, something last confirmed the flags; left out while there are none. */
  readonly age?: number;
  /** What went wrong since then; left out when nothing did. */
  readonly lastError?: FeatureflipError;
  /** Why the shared store is passed by; left out while it works, or there is none. */
  readonly storeError?: FeatureflipError;
  /** How many requests this client's core made in the last minute. */
  readonly requestsInLastMinute: number;
  /** What has become of the analytics events. */
  readonly events: EventCounters;
}
