import { decodeObject, decodeString } from "../../contract/decode.ts";
import { typeViolation } from "../../contract/payload-error.ts";
import type { Flag } from "../../contract/flag.ts";
import type { Segment } from "../../contract/segment.ts";
import type { Snapshot } from "../../contract/snapshot.ts";
import type { EvaluationContext } from "../../evaluation/evaluation-context.ts";
import type { EvaluationTrace } from "../../evaluation/evaluation-trace.ts";
import type { Outcome } from "../../evaluation/outcome.ts";
import { quote } from "../../errors/format.ts";
import type { Warn } from "../../runtime/logger.ts";
import { FlagSet } from "../../store/flag-set.ts";
import type { ServedFlags } from "../api/served-flags.ts";
import { readEnvironment } from "./read-environment.ts";

/** Receives every change as an event of the stream: its name and data (contract §4). */
export type Announce = (event: string, data: unknown) => void;

/** A flag or a segment, checked or not. */
interface Entity {
  readonly key: string;
  readonly version?: number | undefined;
}

/**
 * The flags that a local Evaluation API serves. Every change is checked like the file, raises the versions by at least one
 * (the service counts seconds, contract §2) and is announced.
 */
export class Environment implements ServedFlags {
  readonly #warn: Warn;
  readonly #announce: Announce;
  #snapshot: Snapshot;
  #flags: FlagSet;
  #json: string | undefined;

  /**
   * Reads an environment.
   *
   * @throws {PayloadError} naming the path, what is allowed there and what was found.
   */
  constructor(file: unknown, warn: Warn, announce: Announce) {
    this.#warn = warn;
    this.#announce = announce;
    this.#snapshot = readEnvironment(file, warn);
    this.#flags = FlagSet.of(this.#snapshot, warn);
  }

  /** All flags and segments. */
  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** All flags and segments as JSON. */
  get json(): string {
    return this.#json ??= JSON.stringify(this.#snapshot);
  }

  /** One flag. */
  flag(key: string): Flag | undefined {
    return this.#flags.get(key);
  }

  /** One segment. */
  segment(key: string): Segment | undefined {
    return find(this.#snapshot.segments, key);
  }

  /** Evaluates one flag; `undefined` when it does not exist. */
  evaluate(key: string, context: EvaluationContext): Outcome | undefined {
    return this.#flags.evaluate(key, context);
  }

  /** Evaluates one flag and returns each step; `undefined` when it does not exist. */
  explain(key: string, context: EvaluationContext): EvaluationTrace | undefined {
    return this.#flags.explain(key, context);
  }

  /** Replaces everything. */
  replace(file: unknown): void {
    const snapshot = readEnvironment(file, this.#warn);
    this.#apply({ ...snapshot, version: Math.max(snapshot.version, this.#snapshot.version + 1) });
    this.#announce("sync", this.#snapshot);
  }

  /** Creates or replaces one flag. */
  putFlag(flag: unknown): Flag {
    const next = entityOf(flag);
    const stored = this.flag(next.key);
    this.#change({ flags: upsert(this.#snapshot.flags, next) });
    const put = this.flag(next.key)!;
    this.#announce(stored === undefined ? "flag.created" : "flag.updated", put);
    return put;
  }

  /** Changes some properties of one flag; its key stays. */
  patchFlag(key: string, changes: unknown): Flag {
    const stored = this.flag(key);
    if (stored === undefined) throw new RangeError(`Unknown flag ${quote(key)}`);
    return this.putFlag({ ...stored, ...withKey(changes, key) });
  }

  /** Removes one flag that is not a prerequisite. */
  deleteFlag(key: string): void {
    const stored = this.flag(key);
    if (stored === undefined) throw new RangeError(`Unknown flag ${quote(key)}`);
    this.#change({ flags: this.#snapshot.flags.filter((flag) => flag !== stored) });
    this.#announce("flag.deleted", { key, version: stored.version + 1 });
  }

  /** Creates or replaces one segment. */
  putSegment(segment: unknown): Segment {
    const next = entityOf(segment);
    this.#change({ segments: upsert(this.#snapshot.segments, next) });
    const put = this.segment(next.key)!;
    this.#announce("segment.updated", put);
    return put;
  }

  /** Removes one segment that no rule refers to. */
  deleteSegment(key: string): void {
    const stored = this.segment(key);
    if (stored === undefined) throw new RangeError(`Unknown segment ${quote(key)}`);
    this.#change({ segments: this.#snapshot.segments.filter((segment) => segment !== stored) });
    this.#announce("segment.updated", { key, version: stored.version + 1 });
  }

  #change(changes: { readonly flags?: readonly Entity[]; readonly segments?: readonly Entity[] }): void {
    const version = this.#snapshot.version + 1;
    this.#apply(readEnvironment({ ...this.#snapshot, ...changes, version }, this.#warn));
  }

  #apply(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    this.#flags = FlagSet.of(snapshot, this.#warn);
    this.#json = undefined;
  }
}

/**
 * Returns the changes of the flag or segment that a path names: they may repeat its key or leave it out.
 *
 * @throws {PayloadError} when they name another key.
 */
export function withKey(changes: unknown, key: string): Readonly<Record<string, unknown>> {
  const properties = decodeObject(changes);
  if (properties.key !== undefined && properties.key !== key) {
    throw typeViolation("key", `${JSON.stringify(key)} or left out`, properties.key);
  }
  return { ...properties, key };
}

/** Returns a flag or segment of which only the key is checked: it decides which stored one is replaced. */
function entityOf(json: unknown): Entity {
  const entity = decodeObject(json);
  return { ...entity, key: decodeString(entity.key, "key") };
}

function find<T extends Entity>(items: readonly T[], key: string): T | undefined {
  return items.find((item) => item.key === key);
}

/** Returns the list with one item replaced or added; its version is higher than the stored one. */
function upsert(items: readonly Entity[], item: Entity): readonly Entity[] {
  const stored = find(items, item.key);
  const version = Math.max(Number(item.version ?? 0) || 0, (stored?.version ?? 0) + 1);
  const next = { ...item, version };
  return stored === undefined ? [...items, next] : items.map((other) => other === stored ? next : other);
}
