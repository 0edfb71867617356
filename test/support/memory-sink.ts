import type { Flag, PendingFlag } from "../../src/contract/flag.ts";
import type { Segment, Snapshot } from "../../src/contract/snapshot.ts";
import type { FeatureflipError } from "../../src/errors/featureflip-error.ts";
import type { DataSink, EffectiveMode, HeldSnapshot, SnapshotSource } from "../../src/store/flag-state.ts";

/** A store for data sources, and what they told it. */
export class MemorySink implements DataSink {
  readonly flags: Map<string, Flag> = new Map();
  segments: readonly Segment[] = [];
  readonly sources: SnapshotSource[] = [];
  readonly failures: FeatureflipError[] = [];
  readonly modes: EffectiveMode[] = [];
  confirmations = 0;
  /** The clock, in ms since the epoch. */
  now: () => number = () => 0;
  /** Called after each change. */
  onChange: () => void = () => {};

  /** The keys with their versions: `"a@1 b@2"`. */
  get summary(): string {
    return [...this.flags.values()].map(({ key, version }) => `${key}@${version}`).sort().join(" ");
  }

  /** When the snapshot was learnt, in ms since the epoch; sources that name no instant count as its beginning. */
  learntAt = 0;
  version = 0;
  readonly storeErrors: (FeatureflipError | undefined)[] = [];

  held(): HeldSnapshot | undefined {
    return this.sources.length === 0 || this.sources.at(-1) === "bootstrap"
      ? undefined
      : { at: this.learntAt, version: this.version };
  }

  age(): number {
    return this.now() - this.learntAt;
  }

  snapshot(): Snapshot | null {
    if (this.sources.length === 0) return null;
    const { version, segments } = this;
    return { environment: "", version, flags: [...this.flags.values()], segments };
  }

  storeChanged(error: FeatureflipError | undefined): void {
    this.storeErrors.push(error);
  }

  hasSnapshot(): boolean {
    return this.sources.length > 0;
  }

  flagVersion(key: string): number | undefined {
    return this.flags.get(key)?.version;
  }

  replace(snapshot: Snapshot<PendingFlag>, source: SnapshotSource, at: number = this.now()): void {
    this.learntAt = at;
    this.version = snapshot.version;
    this.flags.clear();
    // The sources decode all flags at once.
    for (const flag of snapshot.flags as readonly Flag[]) this.flags.set(flag.key, flag);
    this.segments = snapshot.segments;
    this.sources.push(source);
    this.onChange();
  }

  put(flag: Flag): void {
    const stored = this.flags.get(flag.key);
    if (!this.hasSnapshot() || (stored !== undefined && flag.version < stored.version)) return;
    this.flags.set(flag.key, flag);
    this.onChange();
  }

  remove(key: string): void {
    this.flags.delete(key);
    this.onChange();
  }

  putSegment(segment: Segment): void {
    const stored = this.segments.find(({ key }) => key === segment.key);
    if (!this.hasSnapshot() || (stored !== undefined && segment.version < stored.version)) return;
    this.segments = [...this.segments.filter(({ key }) => key !== segment.key), segment];
    this.onChange();
  }

  confirm(at: number = this.now()): void {
    this.confirmations++;
    this.learntAt = Math.max(this.learntAt, at);
  }

  fail(error: FeatureflipError): void {
    this.failures.push(error);
  }

  modeChanged(mode: EffectiveMode): void {
    this.modes.push(mode);
  }
}
