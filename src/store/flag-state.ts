import type { ClientState, ClientStatus } from "../client/status.ts";
import type { Warn } from "../contract/decode.ts";
import type { DataSink, EffectiveMode, SnapshotSource } from "../data-source/data-source.ts";
import type { FeatureflipError } from "../errors/featureflip-error.ts";
import { isKeyRejected } from "../http/http-error.ts";
import { withoutKey } from "../http/redact.ts";
import { FlagSet } from "./flag-set.ts";

/** Silence after which streamed flags count as stale: three pings (contract §4). */
const STREAM_STALE_AFTER = 90_000;

/** What the flags alone say of a client's status. */
export type FlagStatus = Omit<ClientStatus, "requestsInLastMinute" | "events">;

/** What is served and how current that is: where a data source puts what it learns. Whatever fails takes nothing away. */
export interface FlagStore extends DataSink {
  /** What is served; `null` while there is nothing. */
  readonly flags: FlagSet | null;
  readonly status: FlagStatus;
  /** Counts the age of the flags from here: where they were put in a Worker's global scope, the clock stood at zero. */
  restamp(): void;
}

/** What a {@linkcode FlagStore} works with; times in ms. */
export interface FlagStoreOptions {
  readonly sdkKey: string;
  readonly pollInterval: number;
  readonly maxAge: number;
  /** The wall clock, in ms since the epoch. */
  now(): number;
  readonly warn: Warn;
  /** Called after every change, of the flags or of their status, with the flags before it. */
  onChange(before: FlagSet | null): void;
}

/** Makes a store; there are no flags yet. */
export function createFlagStore(options: FlagStoreOptions): FlagStore {
  const { sdkKey, pollInterval, maxAge, now, warn, onChange } = options;
  let flags: FlagSet | null = null;
  let source: SnapshotSource | undefined;
  let mode: EffectiveMode = "offline";
  let modeReason: string | undefined;
  let confirmedAt = 0;
  /** When anything of the service was learnt last; updates of single flags count too. */
  let learntAt = 0;
  let lastError: FeatureflipError | undefined;
  let failedAt = 0;
  let storeError: FeatureflipError | undefined;

  /** The later of two moments. One that is yet to come does not count: the clock was set back since. */
  function later(known: number, at: number): number {
    return known > at && known <= now() ? known : at;
  }

  function learn(at: number): void {
    learntAt = later(learntAt, at);
    // What was said before the last failure does not end it.
    if (later(failedAt, at) === at) lastError = undefined;
  }

  function serve(next: FlagSet): void {
    const before = flags;
    flags = next;
    onChange(before);
  }

  function age(): number {
    if (mode === "test") return 0;
    // The clock was set back since: how long ago that was can't be told any more, so it counts from here.
    confirmedAt = Math.min(confirmedAt, now());
    return now() - confirmedAt;
  }

  function isStale(): boolean {
    if (mode === "streaming") return age() > STREAM_STALE_AFTER;
    if (mode === "polling") return age() > 3 * pollInterval;
    return mode === "lazy" && age() > maxAge && lastError !== undefined;
  }

  function state(): ClientState {
    if (flags !== null) return isStale() ? "STALE" : "READY";
    if (lastError === undefined) return "NOT_READY";
    return isKeyRejected(lastError) ? "FATAL" : "ERROR";
  }

  return {
    get flags() {
      return flags;
    },
    get status() {
      return {
        state: state(),
        mode,
        ...(modeReason !== undefined && { modeReason }),
        ...(source !== undefined && { source }),
        ...(flags !== null && { version: flags.version, age: age() }),
        ...(lastError !== undefined && { lastError }),
        ...(storeError !== undefined && { storeError }),
      };
    },
    restamp() {
      confirmedAt = now();
    },
    hasSnapshot: () => flags !== null,
    flagVersion: (key) => flags?.get(key)?.version,
    held: () =>
      flags === null || source === "bootstrap" ? undefined : { at: learntAt, version: flags.version },
    replace(snapshot, from, at = now()) {
      source = from;
      confirmedAt = at;
      // A bootstrap says nothing about the service.
      if (from !== "bootstrap") learn(at);
      serve(FlagSet.of(snapshot, warn));
    },
    put(flag) {
      const stored = flags?.get(flag.key);
      // Without flags, the snapshot that follows has it.
      if (flags === null || (stored !== undefined && flag.version < stored.version)) return;
      learntAt = now();
      serve(flags.with(flag));
    },
    remove(key) {
      if (flags?.get(key) === undefined) return;
      learntAt = now();
      serve(flags.without(key));
    },
    confirm(at = now()) {
      confirmedAt = later(confirmedAt, at);
      learn(at);
      onChange(flags);
    },
    fail(error) {
      lastError = withoutKey(error, sdkKey);
      failedAt = now();
      onChange(flags);
    },
    storeChanged(error) {
      storeError = error;
      onChange(flags);
    },
    modeChanged(next, reason) {
      mode = next;
      modeReason = reason;
      onChange(flags);
    },
  };
}
