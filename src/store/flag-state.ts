import type { Flag, PendingFlag } from "../contract/flag.ts";
import { LIVENESS_MS } from "../contract/limits.ts";
import type { Segment, Snapshot } from "../contract/snapshot.ts";
import type { FeatureflipError } from "../errors/featureflip-error.ts";
import { isKeyRejected } from "../errors/request-error.ts";
import type { Warn } from "../runtime/logger.ts";
import { FlagSet, snapshotOf, withFlag, withoutFlag, withSegment } from "./flag-set.ts";

/** Where a snapshot came from. A minor version may add members: keep a `default` in a `switch`. */
export type SnapshotSource = "stream" | "poll" | "fetch" | "bootstrap" | "store" | "test";

/** The way flags are kept current, as it is in effect. A minor version may add members: keep a `default` in a `switch`. */
export type EffectiveMode = "streaming" | "polling" | "lazy" | "manual" | "offline" | "test";

/**
 * The state of a client, in OpenFeature's words (contract §6.2).
 *
 * - `NOT_READY`: no flags yet, or none any more: the client is closed.
 * - `READY`: flags that were confirmed recently.
 * - `STALE`: flags, but nothing has confirmed them for too long.
 * - `ERROR`: no flags, and the last attempt to get some failed; the client keeps trying.
 * - `FATAL`: no flags, and the service rejects the SDK key.
 *
 * A minor version may add members: keep a `default` in a `switch`.
 */
export type ClientState = "NOT_READY" | "READY" | "STALE" | "ERROR" | "FATAL";

/** The part of a client's status that describes its flags (contract §6.2). */
export interface FlagStatus {
  /** The state of the client. */
  readonly state: ClientState;
  /** The way flags are kept current, as it is in effect. */
  readonly mode: EffectiveMode;
  /** Why the mode differs from the one asked for; absent when it does not. */
  readonly modeReason?: string;
  /** Where the flags came from; absent while there are none. */
  readonly source?: SnapshotSource;
  /** The snapshot's version; absent while there is none. */
  readonly version?: number;
  /** How long ago, in ms, something last confirmed the flags; absent while there are none. */
  readonly age?: number;
  /** The last error since then; absent when there was none. */
  readonly lastError?: FeatureflipError;
  /** Why the shared store is being skipped; absent while it works, or there is none. */
  readonly storeError?: FeatureflipError;
}

/** The version and date of the flags that came from the service, directly or through a store. */
export interface HeldSnapshot {
  /** When they were received or confirmed last, in ms since the epoch; 0 if that lies ahead of now. */
  readonly at: number;
  readonly version: number;
}

/** Receives what data sources learn; {@linkcode FlagState} implements it. */
export interface DataSink {
  /** Whether there are flags to serve. */
  hasSnapshot(): boolean;
  /** The version of a stored flag; `undefined` when there is none. */
  flagVersion(key: string): number | undefined;
  /** The date and version of the service's flags; `undefined` without flags, or with a bootstrap's. */
  held(): HeldSnapshot | undefined;
  /** How long ago something last confirmed the flags, in ms. */
  age(): number;
  /** The flags and segments being served, with everything that was received since; `null` while there are none. */
  snapshot(): Snapshot | null;
  /**
   * Replaces everything that is stored: flags that the snapshot lacks are removed (contract §4, `sync`).
   *
   * @param at When the service sent it, in ms since the epoch; now by default.
   */
  replace(snapshot: Snapshot<PendingFlag>, source: SnapshotSource, at?: number): void;
  /**
   * Stores one flag, unless it is strictly older than the stored one (contract §2), or there are none yet: the snapshot that
   * follows has it.
   */
  put(flag: Flag): void;
  /** Removes one flag; `version` is that of the deletion, if the service sent it. */
  remove(key: string, version?: number): void;
  /** Stores one segment, as {@linkcode put} does. */
  putSegment(segment: Segment): void;
  /**
   * Records that the snapshot is current: a `sync`, a ping, an answer, a 304 (contract §6.2); `at` as above. `source` has
   * sent the same snapshot again.
   */
  confirm(at?: number, source?: SnapshotSource): void;
  /** Records a failed attempt; the stored flags are still served. `RequestError.keyRejected` marks a rejected key. */
  fail(error: FeatureflipError): void;
  /** Records that the shared store failed, or (`undefined`) works again. The caller has logged it. */
  storeChanged(error: FeatureflipError | undefined): void;
  /**
   * Records a new mode, and the reason (`"polling"`, "5 stream failures in a row") when it is not the one asked for. The
   * caller has logged it.
   */
  modeChanged(mode: EffectiveMode, reason?: string): void;
}

/** Options of a {@linkcode FlagState}; times in ms. */
export interface FlagStateOptions {
  readonly pollInterval: number;
  readonly maxAge: number;
  /** The wall clock, in ms since the epoch. */
  now(): number;
  readonly warn: Warn;
  /** Removes the SDK key from what an error quotes. */
  redact(error: FeatureflipError): FeatureflipError;
  /** Called after every change of the flags or their status, with the flags before it. */
  onChange(before: FlagSet | null): void;
}

/** The flags being served, and how current they are. A failure never removes flags. */
export class FlagState implements DataSink {
  readonly #options: FlagStateOptions;
  #flags: FlagSet | null = null;
  #source: SnapshotSource | undefined;
  #mode: EffectiveMode = "offline";
  #modeReason: string | undefined;
  #confirmedAt = 0;
  /** When anything was received from the service last, updates of single flags included. */
  #receivedAt = 0;
  #lastError: FeatureflipError | undefined;
  #failedAt = 0;
  #storeError: FeatureflipError | undefined;

  /** Creates a state without flags. */
  constructor(options: FlagStateOptions) {
    this.#options = options;
  }

  /** The flags being served; `null` while there are none. */
  get flags(): FlagSet | null {
    return this.#flags;
  }

  /** The status at this moment. */
  get status(): FlagStatus {
    return {
      state: this.#state(),
      mode: this.#mode,
      ...(this.#modeReason !== undefined && { modeReason: this.#modeReason }),
      ...(this.#source !== undefined && { source: this.#source }),
      ...(this.#flags !== null && { version: this.#flags.version, age: this.age() }),
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
      ...(this.#storeError !== undefined && { storeError: this.#storeError }),
    };
  }

  /** Restarts the age of the flags. In a Worker's global scope, where they may have been set, the clock stands at zero. */
  restamp(): void {
    this.#confirmedAt = this.#options.now();
  }

  hasSnapshot(): boolean {
    return this.#flags !== null;
  }

  flagVersion(key: string): number | undefined {
    return this.#flags?.get(key)?.version;
  }

  held(): HeldSnapshot | undefined {
    if (this.#flags === null || this.#source === "bootstrap") return undefined;
    return { at: this.#later(this.#receivedAt, 0), version: this.#flags.version };
  }

  age(): number {
    if (this.#mode === "test") return 0;
    const now = this.#options.now();
    // After the clock was set back the true age is unknown, and so is that of flags from a Worker's global scope, where the
    // clock stands at zero: it starts again from here.
    this.#confirmedAt = Math.min(this.#confirmedAt || now, now);
    return now - this.#confirmedAt;
  }

  snapshot(): Snapshot | null {
    return this.#flags && snapshotOf(this.#flags);
  }

  replace(snapshot: Snapshot<PendingFlag>, source: SnapshotSource, at: number = this.#options.now()): void {
    this.#source = source;
    this.#confirmedAt = at;
    // A bootstrap says nothing about the service.
    if (source !== "bootstrap") this.#receive(at);
    this.#serve(FlagSet.of(snapshot, this.#options.warn));
  }

  put(flag: Flag): void {
    const stored = this.#flags?.get(flag.key);
    // Without flags, the snapshot that follows has it.
    if (this.#flags === null || (stored !== undefined && flag.version < stored.version)) return;
    this.#update(withFlag(this.#flags, flag));
  }

  remove(key: string): void {
    if (this.#flags?.get(key) !== undefined) this.#update(withoutFlag(this.#flags, key));
  }

  putSegment(segment: Segment): void {
    const stored = this.#flags?.segments.find(({ key }) => key === segment.key);
    if (this.#flags === null || (stored !== undefined && segment.version < stored.version)) return;
    this.#update(withSegment(this.#flags, segment));
  }

  confirm(at: number = this.#options.now(), source: SnapshotSource | undefined = this.#source): void {
    this.#source = source;
    // After the clock was set back the true age is unknown, so it starts again from here.
    this.#confirmedAt = Math.max(Math.min(this.#confirmedAt, this.#options.now()), at);
    this.#receive(at);
    this.#options.onChange(this.#flags);
  }

  fail(error: FeatureflipError): void {
    this.#lastError = this.#options.redact(error);
    this.#failedAt = this.#options.now();
    this.#options.onChange(this.#flags);
  }

  storeChanged(error: FeatureflipError | undefined): void {
    this.#storeError = error;
    this.#options.onChange(this.#flags);
  }

  modeChanged(mode: EffectiveMode, reason?: string): void {
    this.#mode = mode;
    this.#modeReason = reason;
    this.#options.onChange(this.#flags);
  }

  /** The later of two dates. A known date ahead of now does not count: the clock was set back since. */
  #later(known: number, at: number): number {
    return known > at && known <= this.#options.now() ? known : at;
  }

  #receive(at: number): void {
    this.#receivedAt = this.#later(this.#receivedAt, at);
    // What was received before the last failure does not end it.
    if (this.#later(this.#failedAt, at) === at) this.#lastError = undefined;
  }

  /** Serves the flags with a part of them that the service has sent. */
  #update(next: FlagSet): void {
    this.#receivedAt = this.#options.now();
    this.#serve(next);
  }

  #serve(next: FlagSet): void {
    const before = this.#flags;
    this.#flags = next;
    this.#options.onChange(before);
  }

  #isStale(): boolean {
    const { pollInterval, maxAge } = this.#options;
    if (this.#mode === "streaming") return this.age() > LIVENESS_MS;
    if (this.#mode === "polling") return this.age() > 3 * pollInterval;
    return this.#mode === "lazy" && this.age() > maxAge && this.#lastError !== undefined;
  }

  #state(): ClientState {
    if (this.#flags !== null) return this.#isStale() ? "STALE" : "READY";
    if (this.#lastError === undefined) return "NOT_READY";
    return isKeyRejected(this.#lastError) ? "FATAL" : "ERROR";
  }
}
