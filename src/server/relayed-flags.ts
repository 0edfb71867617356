import type { Warn } from "../contract/decode.ts";
import type { Flag } from "../contract/flag.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import type { DataSink, EffectiveMode, HeldSnapshot } from "../data-source/data-source.ts";
import type { FeatureflipError } from "../errors/featureflip-error.ts";
import type { EvaluationContext } from "../evaluation/evaluation-context.ts";
import type { Outcome } from "../evaluation/outcome.ts";
import { HttpError } from "../http/http-error.ts";
import type { Scheduler } from "../runtime/scheduler.ts";
import { FlagSet } from "../store/flag-set.ts";
import type { Announce } from "./environment.ts";
import { findUpdates } from "./find-updates.ts";
import type { RelayUpstreamStatus } from "./relay-status.ts";
import type { ServedFlags } from "./served-flags.ts";

/** What bounds the age of relayed flags. */
export interface RelayedFlagsOptions {
  /** How flags are kept current, until {@linkcode RelayedFlags.modeChanged} tells otherwise. */
  readonly mode: EffectiveMode;
  /** In ms. */
  readonly pollInterval: number;
  readonly scheduler: Scheduler;
  readonly warn: Warn;
  /** Is told of every change in the stream's words. */
  readonly announce: Announce;
}

/** Silence after which streamed flags count as stale: three pings (contract §6.2). */
const STREAM_STALE_AFTER = 90_000;

/** The flags that came from upstream: what a data source fills, and what the routes serve. Whatever fails takes nothing away. */
export class RelayedFlags implements DataSink, ServedFlags {
  readonly #options: RelayedFlagsOptions;
  #flags: FlagSet | null = null;
  #json: string | undefined;
  #mode: EffectiveMode;
  #confirmedAt = 0;
  #lastError: FeatureflipError | undefined;

  /** Makes a place for flags; there are none yet. */
  constructor(options: RelayedFlagsOptions) {
    this.#options = options;
    this.#mode = options.mode;
  }

  /** How upstream is at this moment (contract §6.2). */
  get status(): RelayUpstreamStatus {
    return {
      state: this.#state(),
      mode: this.#mode,
      ...(this.#flags !== null && { version: this.#flags.version, age: this.#age() }),
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
    };
  }

  /** Whether upstream has confirmed the flags lately. */
  get isCurrent(): boolean {
    return this.#state() === "READY";
  }

  // What the routes ask.

  get json(): string | undefined {
    if (this.#flags === null) return undefined;
    return this.#json ??= JSON.stringify(snapshotOf(this.#flags));
  }

  flag(key: string): Flag | undefined {
    return this.#flags?.get(key);
  }

  evaluate(key: string, context: EvaluationContext): Outcome | undefined {
    return this.#flags?.evaluate(key, context);
  }

  // What the data source tells.

  hasSnapshot(): boolean {
    return this.#flags !== null;
  }

  flagVersion(key: string): number | undefined {
    return this.flag(key)?.version;
  }

  held(): HeldSnapshot | undefined {
    return this.#flags === null ? undefined : { at: this.#confirmedAt, version: this.#flags.version };
  }

  /** A relay has no shared store. */
  storeChanged(): void {}

  replace(snapshot: Snapshot): void {
    this.confirm();
    this.#adopt(FlagSet.of(snapshot, this.#options.warn));
  }

  put(flag: Flag): void {
    if (this.#flags === null) return; // the snapshot that follows has it
    const stored = this.#flags.get(flag.key);
    if (stored === undefined || flag.version >= stored.version) this.#adopt(this.#flags.with(flag));
  }

  remove(key: string): void {
    if (this.#flags?.get(key) !== undefined) this.#adopt(this.#flags.without(key));
  }

  confirm(): void {
    this.#confirmedAt = this.#options.scheduler.now();
    this.#lastError = undefined;
  }

  fail(error: FeatureflipError): void {
    this.#lastError = error;
  }

  modeChanged(mode: EffectiveMode): void {
    this.#mode = mode;
  }

  #adopt(flags: FlagSet): void {
    const before = this.#flags;
    this.#flags = flags;
    this.#json = undefined;
    if (before === null) return; // nobody was let in yet
    const updates = findUpdates(before, flags);
    if (updates === null) this.#options.announce("sync", snapshotOf(flags));
    else for (const { event, data } of updates) this.#options.announce(event, data);
  }

  #age(): number {
    const now = this.#options.scheduler.now();
    // The clock was set back since: how long ago that was can't be told any more, so it counts from here.
    if (now < this.#confirmedAt) this.#confirmedAt = now;
    return now - this.#confirmedAt;
  }

  #state(): RelayUpstreamStatus["state"] {
    if (this.#flags !== null) {
      const bound = this.#mode === "polling" ? 3 * this.#options.pollInterval : STREAM_STALE_AFTER;
      return this.#age() > bound ? "STALE" : "READY";
    }
    if (this.#lastError === undefined) return "NOT_READY";
    return this.#lastError instanceof HttpError && this.#lastError.keyRejected ? "FATAL" : "ERROR";
  }
}

function snapshotOf(flags: FlagSet): Snapshot {
  const { environment, version, segments } = flags;
  return { environment, version, flags: Array.from(flags.keys(), (key) => flags.get(key)!), segments };
}
