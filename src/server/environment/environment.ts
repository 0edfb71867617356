import { decodeObject, decodeString } from "../../contract/decode.ts";
import type { Flag } from "../../contract/flag.ts";
import type { Segment } from "../../contract/segment.ts";
import type { Snapshot } from "../../contract/snapshot.ts";
import type { EvaluationContext } from "../../evaluation/evaluation-context.ts";
import type { EvaluationTrace } from "../../evaluation/evaluation-trace.ts";
import type { Outcome } from "../../evaluation/outcome.ts";
import type { Warn } from "../../runtime/logger.ts";
import { FlagSet } from "../../store/flag-set.ts";
import { withKey } from "../api/local-routes.ts";
import type { ServedFlags } from "../api/served-flags.ts";
import { readEnvironment } from "./read-environment.ts";

/** Is told of every change in the stream's words: the event's name and its data (contract §4). */
export type Announce = (event: string, data: unknown) => void;

/** Something with a key and a version: a flag or a segment, checked or not yet. */
interface Entity {
  readonly key: string;
  readonly version?: number | undefined;
}

/**
 * The flags that a local Evaluation API serves. Every change is checked as the file was, raises the versions by at least
 * one (the service counts seconds, contract §2) and is announced.
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

  /** Evaluates one flag; `undefined` when there is none. */
  evaluate(key: string, context: EvaluationContext): Outcome | undefined {
    return this.#flags.evaluate(key, context);
  }

  /** Evaluates one flag and tells each step; `undefined` when there is none. */
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
    if (stored === undefined) throw new RangeError(`There is no flag ${JSON.stringify(key)}`);
    return this.putFlag({ ...stored, ...withKey(changes, key) });
  }

  /** Removes one flag that no other flag needs. */
  deleteFlag(key: string): void {
    const stored = this.flag(key);
    if (stored === undefined) throw new RangeError(`There is no flag ${JSON.stringify(key)}`);
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

  /** Removes one segment that no rule needs. */
  deleteSegment(key: string): void {
    const stored = this.segment(key);
    if (stored === undefined) throw new RangeError(`There is no segment ${JSON.stringify(key)}`);
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

/** What is not checked yet but for its key, without which nobody knows whose place it takes. */
function entityOf(json: unknown): Entity {
  const entity = decodeObject(json);
  return { ...entity, key: decodeString(entity.key, "key") };
}

function find<T extends Entity>(items: readonly T[], key: string): T | undefined {
  return items.find((item) => item.key === key);
}

/** The list with one item replaced or added, its version above the one before. */
function upsert(items: readonly Entity[], item: Entity): readonly Entity[] {
  const stored = find(items, item.key);
  const version = Math.max(Number(item.version ?? 0) || 0, (stored?.version ?? 0) + 1);
  const next = { ...item, version };
  return stored === undefined ? [...items, next] : items.map((other) => other === stored ? next : other);
}
