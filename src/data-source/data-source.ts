import type { FeatureflipError } from "../errors/featureflip-error.ts";
import type { Flag } from "../contract/flag.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import type { WaitUntil } from "../runtime/runtime.ts";

/** Where a snapshot came from. */
export type SnapshotSource = "stream" | "poll" | "fetch" | "bootstrap" | "store" | "test";

/** How flags are kept current, as it is in effect. */
export type EffectiveMode = "streaming" | "polling" | "lazy" | "manual" | "offline" | "test";

/** What one request brings along when it asks for fresh flags. */
export interface FreshnessOptions {
  /** How long the request can wait, in ms; 3,000, which is also the most, by default. */
  readonly timeout?: number | undefined;
  /** What keeps a refresh alive behind the request's response. */
  readonly waitUntil?: WaitUntil | undefined;
}

/** What fills the store; `auto` and the options pick one. None of its methods throws synchronously. */
export interface DataSource {
  /** The mode it was made for; {@linkcode DataSink.modeChanged} tells what follows. */
  readonly mode: EffectiveMode;
  /** Begins to work; called once, never at module scope of a Worker. */
  start(): void;
  /** Fetches now; settles when the answer is applied, rejects when it was refused or did not come. */
  refresh(): Promise<void>;
  /**
   * On demand only, called within every request (contract §6.1): settles at once when what is stored can be used, and
   * otherwise when it has been loaded. Rejects when nothing is stored and nothing could be loaded.
   */
  ensureFresh?(options?: FreshnessOptions): Promise<void>;
  /** Ends all timers and connections; nothing is applied afterwards. */
  close(): void;
}

/** What is known of a snapshot that came from the service, by whatever way. */
export interface HeldSnapshot {
  /** In ms since the epoch. */
  readonly at: number;
  readonly version: number;
}

/** Where data sources put what they learn: the shared core. */
export interface DataSink {
  /** Whether there is anything to serve. */
  hasSnapshot(): boolean;
  /** The version of a stored flag; `undefined` when there is none. */
  flagVersion(key: string): number | undefined;
  /** What of the service is there, and when it was learnt or confirmed last; `undefined` for nothing, or a bootstrap. */
  held(): HeldSnapshot | undefined;
  /**
   * Replaces everything that is stored: flags that the snapshot lacks are gone (contract §4, `sync`).
   *
   * @param at When the service said so, in ms since the epoch; now by default.
   */
  replace(snapshot: Snapshot, source: SnapshotSource, at?: number): void;
  /** Stores one flag, unless it is strictly older than the stored one (contract §2). */
  put(flag: Flag): void;
  /** Removes one flag. */
  remove(key: string): void;
  /** Something proves the snapshot current: a `sync`, a ping, an answer, a 304 (contract §6.2); `at` as above. */
  confirm(at?: number): void;
  /** An attempt failed; what is stored goes on being served. `HttpError.keyRejected` tells a rejected key. */
  fail(error: FeatureflipError): void;
  /** The shared store failed, or works again. It has been logged. */
  storeChanged(error: FeatureflipError | undefined): void;
  /**
   * The mode in effect changed, and why (`"polling"`, "5 stream failures in a row") when it is not the one asked for. The
   * source has logged it.
   */
  modeChanged(mode: EffectiveMode, reason?: string): void;
}
