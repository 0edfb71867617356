import type { ClientState, EffectiveMode } from "../../store/flag-state.ts";
import type { FeatureflipError } from "../../errors/featureflip-error.ts";
import type { EventCounters } from "../../events/event-queue.ts";

/** The upstream part of a relay's status (contract §6.2). */
export interface RelayUpstreamStatus {
  /** The state, as of a client: with `READY` and `STALE` there are flags to serve. */
  readonly state: ClientState;
  /** How flags are kept current at this moment. */
  readonly mode: EffectiveMode;
  /** The snapshot's version; absent while there is none. */
  readonly version?: number;
  /** How long ago, in ms, the service last confirmed the flags; absent while there are none. */
  readonly age?: number;
  /** The last error since then; absent when there was none. */
  readonly lastError?: FeatureflipError;
}

/** The status of a relay at one moment. */
export interface RelayStatus {
  /** The connection to the service. */
  readonly upstream: RelayUpstreamStatus;
  /** The number of open client streams. */
  readonly openStreams: number;
  /** Counters of the events that it accepted. */
  readonly events: EventCounters;
  /** The same for each key, in the order of option `keys`. */
  readonly eventsByKey: readonly EventCounters[];
}
