import type { ClientState, EffectiveMode } from "../../store/flag-state.ts";
import type { FeatureflipError } from "../../errors/featureflip-error.ts";
import type { EventCounters } from "../../events/event-queue.ts";

/** How a relay stands with the service (contract §6.2). */
export interface RelayUpstreamStatus {
  /** How it is, in a client's words: `READY` and `STALE` mean that there are flags to serve. */
  readonly state: ClientState;
  /** How flags are kept current, as it is in effect. */
  readonly mode: EffectiveMode;
  /** The snapshot's version; left out while there is none. */
  readonly version?: number;
  /** How long ago, in ms, the service last confirmed the flags; left out while there are none. */
  readonly age?: number;
  /** What went wrong since then; left out when nothing did. */
  readonly lastError?: FeatureflipError;
}

/** What a relay knows about itself at one moment. */
export interface RelayStatus {
  /** How it stands with the service. */
  readonly upstream: RelayUpstreamStatus;
  /** How many streams of clients are open. */
  readonly openStreams: number;
  /** What has become of the events that it took in. */
  readonly events: EventCounters;
}
