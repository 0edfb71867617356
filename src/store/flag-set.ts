import type { Warn } from "../contract/decode.ts";
import type { Flag } from "../contract/flag.ts";
import type { Segment } from "../contract/segment.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import { compileFlag } from "../evaluation/compile-flag.ts";
import type { CompiledFlag } from "../evaluation/compile-flag.ts";
import { evaluate } from "../evaluation/evaluate.ts";
import type { EvaluationContext } from "../evaluation/evaluation-context.ts";
import { segmentFinder } from "../evaluation/match-rule.ts";
import type { FindSegment } from "../evaluation/match-rule.ts";
import type { EvaluationTrace } from "../evaluation/evaluation-trace.ts";
import { explain } from "../evaluation/explain.ts";
import type { Outcome } from "../evaluation/outcome.ts";

/** A flag, compiled at its first evaluation: most environments hold more flags than one process asks for. */
interface Entry {
  readonly flag: Flag;
  compiled: CompiledFlag | undefined;
}

/**
 * The flags of one moment. It never changes: an update makes a new one that shares every entry it did not touch, so a
 * reader that holds on to a set sees one version of the world (contract §4).
 */
export class FlagSet {
  /** The environment they belong to. */
  readonly environment: string;
  /** The snapshot's version. */
  readonly version: number;
  /** The segments, as they came. */
  readonly segments: readonly Segment[];
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #findSegment: FindSegment;
  readonly #warn: Warn;
  readonly #findFlag = (key: string): CompiledFlag | undefined => {
    const entry = this.#entries.get(key);
    return entry && this.#compiled(entry);
  };

  private constructor(
    head: Pick<FlagSet, "environment" | "version" | "segments">,
    entries: ReadonlyMap<string, Entry>,
    findSegment: FindSegment,
    warn: Warn,
  ) {
    this.environment = head.environment;
    this.version = head.version;
    this.segments = head.segments;
    this.#entries = entries;
    this.#findSegment = findSegment;
    this.#warn = warn;
  }

  /** Makes the set of a snapshot. Nothing is compiled yet. */
  static of(snapshot: Snapshot, warn: Warn): FlagSet {
    const entries = new Map<string, Entry>();
    for (const flag of snapshot.flags) entries.set(flag.key, { flag, compiled: undefined });
    return new FlagSet(snapshot, entries, segmentFinder(snapshot.segments, warn), warn);
  }

  /** How many flags there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** The keys of all flags. */
  keys(): IterableIterator<string> {
    return this.#entries.keys();
  }

  /** One flag's configuration. */
  get(key: string): Flag | undefined {
    return this.#entries.get(key)?.flag;
  }

  /** Evaluates one flag; `undefined` when there is no such flag. */
  evaluate(key: string, context: EvaluationContext): Outcome | undefined {
    const entry = this.#entries.get(key);
    return entry && evaluate(this.#compiled(entry), context, this.#findFlag);
  }

  /** Evaluates one flag and tells each step; `undefined` when there is no such flag. */
  explain(key: string, context: EvaluationContext): EvaluationTrace | undefined {
    const entry = this.#entries.get(key);
    return entry && explain(this.#compiled(entry), context, this.#findFlag, (key) => {
      // Of two with one key, the last counts (contract §2.1).
      return this.segments.findLast((segment) => segment.key === key);
    });
  }

  /** The same set with one flag added or replaced. */
  with(flag: Flag): FlagSet {
    const entries = new Map(this.#entries).set(flag.key, { flag, compiled: undefined });
    return new FlagSet(this, entries, this.#findSegment, this.#warn);
  }

  /** The same set with one flag less. */
  without(key: string): FlagSet {
    const entries = new Map(this.#entries);
    entries.delete(key);
    return new FlagSet(this, entries, this.#findSegment, this.#warn);
  }

  #compiled(entry: Entry): CompiledFlag {
    return entry.compiled ??= compileFlag(entry.flag, this.#findSegment, this.#warn);
  }
}
