import { createDecodeState } from "../contract/decode.ts";
import type { DecodeState } from "../contract/decode.ts";
import { decodeFlag } from "../contract/flag.ts";
import type { Flag, PendingFlag } from "../contract/flag.ts";
import type { Segment, Snapshot } from "../contract/snapshot.ts";
import type { JsonValue } from "../contract/wire.ts";
import { messageOf, quote } from "../errors/format.ts";
import { pendingNote, takeNote } from "../evaluation/context-notes.ts";
import { evaluate } from "../evaluation/evaluate.ts";
import type { FindFlag } from "../evaluation/evaluate.ts";
import type { EvaluationContext } from "../evaluation/evaluation-context.ts";
import { explain } from "../evaluation/explain.ts";
import type { EvaluationTrace } from "../evaluation/explain.ts";
import { errorOutcome } from "../evaluation/outcome.ts";
import type { Outcome } from "../evaluation/outcome.ts";
import { prepareFlag, segmentFinder } from "../evaluation/prepare-flag.ts";
import type { FindSegment } from "../evaluation/prepare-flag.ts";
import type { Warn } from "../runtime/logger.ts";
import { createOnce } from "../runtime/once.ts";
import type { Once } from "../runtime/once.ts";

/**
 * The flags of one moment. A set never changes: an update creates a new one that shares all other flags, so a reader that
 * keeps a set sees one consistent version (contract §4).
 */
export class FlagSet {
  /** The environment of the flags. */
  declare readonly environment: string;
  /** The snapshot's version. */
  declare readonly version: number;
  /** The segments, in the order received. */
  declare readonly segments: readonly Segment[];
  /** The flags by key. An update copies it: other sets share its flags. */
  declare readonly flags: Map<string, PendingFlag>;
  /** Finds the prepared groups of a segment. */
  declare readonly findSegment: FindSegment;
  /** Receives warnings about flags, segments and contexts. */
  declare readonly warn: Warn;
  /** What the flags decoded so far share (bench: workerd). */
  #state: DecodeState | undefined;
  /** Finds a flag, prepared at its first evaluation: most processes evaluate a part of the environment's flags. */
  readonly find: FindFlag = (key) => {
    const flag = this.flags.get(key);
    return flag === undefined || flag.preparedFor === this.findSegment
      ? flag as Flag | undefined
      : this.#prepare(key);
  };

  constructor(
    head: Pick<FlagSet, "environment" | "version" | "segments">,
    flags: Map<string, PendingFlag>,
    findSegment: FindSegment,
    warn: Warn,
  ) {
    this.environment = head.environment;
    this.version = head.version;
    this.segments = head.segments;
    this.flags = flags;
    this.findSegment = findSegment;
    this.warn = warn;
  }

  /** Creates the set of a snapshot. Nothing is prepared yet. */
  static of(snapshot: Snapshot<PendingFlag>, warn: Warn): FlagSet {
    const flags = new Map<string, PendingFlag>();
    for (const flag of snapshot.flags) flags.set(flag.key, flag);
    return new FlagSet(snapshot, flags, segmentFinder(snapshot.segments, warn), warn);
  }

  /** The keys of all flags. */
  keys(): IterableIterator<string> {
    return this.flags.keys();
  }

  /** One flag's configuration. */
  get(key: string): Flag | undefined {
    let flag = this.flags.get(key);
    // It was checked when it was taken, so it decodes without a warning.
    if (flag !== undefined && flag.preparedFor === undefined) {
      this.#state ??= createDecodeState();
      this.flags.set(key, flag = decodeFlag(flag, this.warn, this.#state)!);
    }
    return flag as Flag | undefined;
  }

  /** Evaluates one flag; `undefined` for an unknown flag. */
  evaluate(key: string, context: EvaluationContext): Outcome | undefined {
    const flag = this.find(key);
    return flag && this.#evaluate(flag, context);
  }

  /** The values of all flags that serve one, by key, in a plain object; `__proto__` is an ordinary key (contract §2.1). */
  values(context: EvaluationContext): Record<string, JsonValue> {
    // Without a prototype while it grows: then every key is an ordinary one, and V8 hashes them (bench: all flags).
    const values: Record<string, JsonValue> = Object.create(null);
    for (const [key, found] of this.flags) {
      try {
        const flag = found.preparedFor === this.findSegment ? found as Flag : this.#prepare(key);
        const { value } = this.#evaluate(flag, context);
        if (value !== undefined) values[key] = value;
      } catch {
        takeNote();
      }
    }
    return Object.setPrototypeOf(values, Object.prototype);
  }

  #prepare(key: string): Flag {
    const flag = this.get(key)!;
    prepareFlag(flag, this.findSegment, this.warn);
    return flag;
  }

  #evaluate(flag: Flag, context: EvaluationContext): Outcome {
    const outcome = evaluate(flag, context, this.find);
    if (pendingNote !== undefined) warnOfNote(this.warn);
    return outcome;
  }
}

/** What has been logged about contexts, by the function that logs it: sets are replaced, warnings are not repeated. */
const notesByWarn = new WeakMap<Warn, Once>();

function warnOfNote(warn: Warn): void {
  const message = takeNote();
  let isFirst = notesByWarn.get(warn);
  if (isFirst === undefined) notesByWarn.set(warn, isFirst = createOnce({ limit: 100 }));
  if (message !== undefined && isFirst(message)) warn(message);
}

/** The outcome of a flag that does not exist. */
const NOT_FOUND: Outcome = Object.freeze({ value: undefined, reason: "FLAG_NOT_FOUND" });

/** The outcome of one flag. An evaluation throws only by a defect of this package; the caller then gets the default. */
export function outcomeOf(flags: FlagSet, key: string, context: EvaluationContext): Outcome {
  try {
    return flags.evaluate(key, context) ?? NOT_FOUND;
  } catch (cause) {
    return failedOutcome(key, cause);
  }
}

function failedOutcome(key: string, cause: unknown): Outcome {
  takeNote();
  return errorOutcome(
    "EVALUATION_FAILED",
    `Flag ${quote(key)} could not be evaluated: ${messageOf(cause)}`,
  );
}

/** Evaluates one flag and traces each step (contract §3.1). A function: who does not call it does not bundle it. Never throws. */
export function explainFlag(flags: FlagSet, key: string, context: EvaluationContext): EvaluationTrace {
  try {
    const flag = flags.find(key);
    if (flag !== undefined) return explain(flag, context, flags.find);
  } catch {
    // A defect of this package: the outcome says so.
  } finally {
    takeNote(); // The trace shows it; the next evaluation must not log it.
  }
  return untraced(key, outcomeOf(flags, key, context));
}

/** The trace of an evaluation without steps. */
export function untraced(key: string, detail: Outcome): EvaluationTrace {
  return { key, detail, prerequisites: [], rules: [] };
}

/** Returns the snapshot that a set amounts to. A function, like those that follow: who does not call it does not bundle it. */
export function snapshotOf(set: FlagSet): Snapshot {
  const { environment, version, segments } = set;
  return { environment, version, flags: [...set.keys()].map((key) => set.get(key)!), segments };
}

/** Returns a set with one segment added or replaced. */
export function withSegment(set: FlagSet, segment: Segment): FlagSet {
  const byKey = new Map([...set.segments, segment].map((item) => [item.key, item]));
  const segments = [...byKey.values()];
  return new FlagSet({ ...set, segments }, set.flags, segmentFinder(segments, set.warn), set.warn);
}

/** Returns a set with one flag added or replaced. */
export function withFlag(set: FlagSet, flag: Flag): FlagSet {
  return new FlagSet(set, new Map(set.flags).set(flag.key, flag), set.findSegment, set.warn);
}

/** Returns a set without one flag. */
export function withoutFlag(set: FlagSet, key: string): FlagSet {
  const flags = new Map(set.flags);
  flags.delete(key);
  return new FlagSet(set, flags, set.findSegment, set.warn);
}
