import type { FeatureflipError } from "../errors/featureflip-error.ts";
import type { Flag } from "../contract/flag.ts";
import type { Snapshot } from "../contract/snapshot.ts";

/** Where a snapshot came from. */
export type SnapshotSource = "stream" | "poll" | "fetch" | "bootstrap" | "store" | "test";

/** How flags are kept current, as it is in effect. */
export type EffectiveMode = "streaming" | "polling" | "lazy" | "manual" | "offline" | "test";

/** What fills the store; `auto` and the options pick one. None of its methods throws synchronously. */
export interface DataSource {
  /** Begins to work; called once, never at module scope of a Worker. */
  start(): void;
  /** Fetches now; settles when the answer is applied, rejects when it was refused or did not come. */
  refresh(): Promise<void>;
  /** Ends all timers and connections; nothing is applied afterwards. */
  close(): void;
}

/** Where data sources put what they learn: the shared core. */
export interface DataSink {
  /** The version of a stored flag; `undefined` when there is none. */
  flagVersion(key: string): number | undefined;
  /** Replaces everything that is stored: flags that the snapshot lacks are gone (contract §4, `sync`). */
  replace(snapshot: Snapshot, source: SnapshotSource): void;
  /** Stores one flag, unless it is strictly older than the stored one (contract §2). */
  put(flag: Flag): void;
  /** Removes one flag. */
  remove(key: string): void;
  /** Something proved the snapshot current: a `sync`, a ping, an answer, a 304 (contract §6.2). */
  confirm(): void;
  /** An attempt failed; what is stored goes on being served. `HttpError.keyRejected` tells a rejected key. */
  fail(error: FeatureflipError): void;
  /** The mode in effect changed, and why (`"polling"`, "5 stream failures in a row"). */
  modeChanged(mode: EffectiveMode, reason: string): void;
}
