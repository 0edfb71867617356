import { decodeObject, decodeString, decodeVersion } from "../../contract/decode.ts";
import { decodeFlag } from "../../contract/flag.ts";
import type { Flag } from "../../contract/flag.ts";
import { PayloadError, typeViolation } from "../../contract/payload-error.ts";
import { decodeSegment, decodeSnapshot } from "../../contract/snapshot.ts";
import type { Segment, Snapshot } from "../../contract/snapshot.ts";
import { equalJson } from "../../contract/wire.ts";
import type { SnapshotInput, WireFlag, WireSegment, WireSnapshot } from "../../contract/wire.ts";
import { isRecord, quote } from "../../errors/format.ts";
import type { EvaluationContext } from "../../evaluation/evaluation-context.ts";
import type { EvaluationTrace } from "../../evaluation/explain.ts";
import type { Outcome } from "../../evaluation/outcome.ts";
import type { Warn } from "../../runtime/logger.ts";
import { explainFlag, FlagSet, withFlag, withoutFlag, withSegment } from "../../store/flag-set.ts";
import type { ServedFlags } from "../api/sdk-routes.ts";
import { SnapshotBody } from "../http/body.ts";
import { findFlagMistakes, findMistakes, findSegmentMistakes } from "./find-mistakes.ts";
import type { Mistake, Names } from "./find-mistakes.ts";

/** Receives every change as an event of the stream: its name and data (contract §4). */
export type Announce = (event: string, data: unknown) => void;

/** A change of one flag or segment, as an event of the stream. */
interface Update {
  readonly event: string;
  readonly data: unknown;
}

/** With more changes than this, one snapshot is smaller than the events. */
const MAX_UPDATES = 100;

/**
 * The flags that a local Evaluation API serves. Every change raises the version by at least one (the service counts seconds,
 * contract §2) and is announced by its own event with that version (contract §9), so that relays know it. A change decodes one
 * flag, not the environment.
 */
export class Environment implements ServedFlags {
  readonly #warn: Warn;
  readonly #announce: Announce;
  #name: string;
  #version: number;
  #flags: FlagSet;
  #snapshot: Snapshot | undefined;
  #body: SnapshotBody | undefined;

  /**
   * Reads an environment.
   *
   * @throws {PayloadError} naming the path, what is allowed there and what was found.
   */
  constructor(file: unknown, warn: Warn, announce: Announce) {
    this.#warn = warn;
    this.#announce = announce;
    const snapshot = readEnvironment(file, warn);
    this.#name = snapshot.environment;
    this.#version = highestVersion(snapshot);
    this.#flags = FlagSet.of(snapshot, warn);
  }

  /** All flags and segments. */
  get snapshot(): Snapshot {
    return this.#snapshot ??= {
      environment: this.#name,
      version: this.#version,
      flags: Array.from(this.#flags.keys(), (key) => this.#flags.get(key)!),
      segments: this.#flags.segments,
    };
  }

  /** The flags as evaluations use them. */
  get flags(): FlagSet {
    return this.#flags;
  }

  /** All flags and segments, as they are served. */
  get body(): SnapshotBody {
    return this.#body ??= new SnapshotBody(this.snapshot);
  }

  /** One flag. */
  flag(key: string): Flag | undefined {
    return this.#flags.get(key);
  }

  /** One segment. */
  segment(key: string): Segment | undefined {
    return this.#flags.segments.find((segment) => segment.key === key);
  }

  /** Evaluates one flag; `undefined` when it does not exist. */
  evaluate(key: string, context: EvaluationContext): Outcome | undefined {
    return this.#flags.evaluate(key, context);
  }

  /** Evaluates one flag and returns each step; `undefined` when it does not exist. */
  explain(key: string, context: EvaluationContext): EvaluationTrace | undefined {
    return this.flag(key) && explainFlag(this.#flags, key, context);
  }

  /**
   * Replaces all flags and segments. What did not change keeps its version.
   *
   * @param json The new content, parsed JSON. Its values are shared and frozen.
   * @throws {PayloadError} when the environment has a type violation; nothing is changed then.
   */
  replace(json: unknown): void {
    const read = readParsed(json, this.#warn);
    const version = Math.max(this.#version + 1, highestVersion(read));
    const updates: Update[] = [];
    const flags = read.flags.map((flag) => this.#merge(flag, this.flag(flag.key), "flag", version, updates));
    const segments = read.segments.map((segment) =>
      this.#merge(segment, this.segment(segment.key), "segment", version, updates)
    );
    const flagKeys = new Set(flags.map(({ key }) => key));
    for (const { key } of this.snapshot.flags) {
      if (!flagKeys.has(key)) updates.push({ event: "flag.deleted", data: { key, version } });
    }
    const segmentKeys = new Set(segments.map(({ key }) => key));
    for (const { key } of this.snapshot.segments) {
      if (!segmentKeys.has(key)) updates.push({ event: "segment.updated", data: { key, version } });
    }
    const isRenamed = read.environment !== this.#name;
    if (updates.length === 0 && !isRenamed) return;
    const needsSync = isRenamed || updates.length > MAX_UPDATES;
    const next = { ...read, flags, segments };
    this.#name = next.environment;
    this.#serve(FlagSet.of(next, this.#warn), version);
    if (needsSync) return this.#announce("sync", this.snapshot);
    for (const { event, data } of updates) this.#announce(event, data);
  }

  /**
   * Creates or replaces one flag.
   *
   * @throws {PayloadError} when it has a type violation, or a mistake that the stored flag does not have.
   */
  putFlag(json: unknown): Flag {
    const { key, stored, input } = this.#read(json, (key) => this.flag(key));
    const flag = decodeFlag(cloneJson(input), () => {});
    const mistakes = findFlagMistakes(input as unknown as WireFlag, this.#names);
    const known = stored === undefined ? [] : findFlagMistakes(stored, this.#names);
    this.#refuse([...mistakes, ...this.#brokenBy(key, flag?.variations.map(({ key }) => key))], known);
    // Unknown names, the only reason to drop a flag, are mistakes and were refused.
    this.#serve(withFlag(this.#flags, flag!), flag!.version);
    this.#announce(stored === undefined ? "flag.created" : "flag.updated", flag);
    return flag!;
  }

  /** Changes some properties of one flag; its key stays. */
  patchFlag(key: string, changes: unknown): Flag {
    const stored = this.flag(key);
    if (stored === undefined) throw new RangeError(`Unknown flag ${quote(key)}`);
    return this.putFlag({ ...stored, ...withKey(changes, key) });
  }

  /** Removes one flag that is not a prerequisite. */
  deleteFlag(key: string): void {
    if (this.flag(key) === undefined) throw new RangeError(`Unknown flag ${quote(key)}`);
    this.#refuse(this.#brokenBy(key, undefined), []);
    this.#serve(withoutFlag(this.#flags, key), this.#version + 1);
    this.#announce("flag.deleted", { key, version: this.#version });
  }

  /**
   * Creates or replaces one segment.
   *
   * @throws {PayloadError} when it has a type violation, or a mistake that the stored segment does not have.
   */
  putSegment(json: unknown): Segment {
    const { stored, input } = this.#read(json, (key) => this.segment(key));
    const segment = decodeSegment(cloneJson(input), () => {});
    const mistakes = findSegmentMistakes(input as unknown as WireSegment);
    this.#refuse(mistakes, stored === undefined ? [] : findSegmentMistakes(stored));
    this.#serve(withSegment(this.#flags, segment!), segment!.version);
    this.#announce("segment.updated", segment);
    return segment!;
  }

  /** Removes one segment that no rule refers to. */
  deleteSegment(key: string): void {
    const stored = this.segment(key);
    if (stored === undefined) throw new RangeError(`Unknown segment ${quote(key)}`);
    for (const [index, { rules }] of this.snapshot.flags.entries()) {
      const rule = rules.findIndex(({ segmentKey }) => segmentKey === key);
      if (rule !== -1) {
        throw typeViolation(`flags[${index}].rules[${rule}].segmentKey`, "the key of a segment", key);
      }
    }
    const segments = this.#flags.segments.filter((segment) => segment !== stored);
    this.#serve(FlagSet.of({ ...this.snapshot, segments }, this.#warn), this.#version + 1);
    this.#announce("segment.updated", { key, version: this.#version });
  }

  get #names(): Names {
    return {
      variationsOf: (key) => this.flag(key)?.variations.map(({ key }) => key),
      hasSegment: (key) => this.segment(key) !== undefined,
    };
  }

  /** Returns a flag or segment that is not decoded yet, with a version above that of the snapshot. */
  #read<T extends { readonly version: number }>(json: unknown, find: (key: string) => T | undefined): {
    readonly key: string;
    readonly stored: T | undefined;
    readonly input: Readonly<Record<string, unknown>>;
  } {
    const input = decodeObject(json);
    const key = decodeString(input.key, "key");
    const stored = find(key);
    const version = Math.max(decodeVersion(input.version), this.#version + 1);
    return { key, stored, input: { ...input, version } };
  }

  /** Returns the stored flag or segment when the read one is equal; otherwise the read one, with the next version. */
  #merge<T extends Flag | Segment>(
    read: T,
    stored: T | undefined,
    kind: "flag" | "segment",
    version: number,
    updates: Update[],
  ): T {
    if (stored !== undefined && equalJson({ ...read, version }, { ...stored, version })) return stored;
    const next = withVersion(read, version);
    updates.push({
      event: `${kind}.${stored === undefined && kind === "flag" ? "created" : "updated"}`,
      data: next,
    });
    return next;
  }

  /** Finds the prerequisites that a flag no longer meets with these variations, or (`undefined`) without the flag. */
  #brokenBy(key: string, variations: readonly string[] | undefined): Mistake[] {
    const before = this.flag(key)?.variations.map(({ key }) => key);
    if (before === undefined) return [];
    const gone = variations === undefined
      ? undefined
      : new Set(before.filter((name) => !variations.includes(name)));
    if (gone?.size === 0) return [];
    return this.snapshot.flags.flatMap((flag, index) =>
      flag.key === key ? [] : flag.prerequisites.flatMap((prerequisite, position) => {
        if (prerequisite.prerequisiteFlagKey !== key) return [];
        if (gone !== undefined && !gone.has(prerequisite.expectedVariationKey)) return [];
        const names: Names = { variationsOf: () => variations, hasSegment: () => true };
        const own = { ...flag, prerequisites: [prerequisite] };
        return findFlagMistakes(own, names).filter(({ path }) => path.startsWith("prerequisites[0].")).map((
          mistake,
        ) => ({
          ...mistake,
          path: `flags[${index}].${mistake.path.replace("[0]", `[${position}]`)}`,
        }));
      })
    );
  }

  /** Throws for the first new mistake that is refused, and warns about the others. */
  #refuse(mistakes: readonly Mistake[], known: readonly Mistake[]): void {
    const isKnown = new Set(known.map(({ path, problem }) => `${path} ${problem}`));
    for (const { path, problem, isRefused } of mistakes) {
      if (isKnown.has(`${path} ${problem}`)) continue;
      if (isRefused) throw new PayloadError(path, problem);
      this.#warn(`${path} ${problem}`);
    }
  }

  #serve(flags: FlagSet, version: number): void {
    this.#flags = flags;
    this.#version = version;
    this.#snapshot = undefined;
    this.#body = undefined;
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

/** The content of an environment file: a snapshot as `GET /v1/sdk/flags` returns it. Only `flags` is required. */
export interface EnvironmentFile extends SnapshotInput {}

/**
 * Reads an environment into a copy that shares nothing with the input. Whatever the wire tolerates is accepted
 * (contract §2.1, §9).
 *
 * @param file The content of a JSON file, or an object of the same shape.
 * @param warn Called for each mistake that the wire tolerates, with its path.
 * @throws {PayloadError} naming the path, what is allowed there and what was found.
 */
export function readEnvironment(file: unknown, warn: Warn): Snapshot {
  return readParsed(cloneJson(file), warn);
}

/**
 * Returns a copy of a JSON value.
 *
 * @throws {PayloadError} when it is not JSON.
 */
export function cloneJson(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value));
  } catch {
    throw new PayloadError("", "must be JSON");
  }
}

/** Reads parsed JSON as {@linkcode readEnvironment} does, without the copy: values are shared and frozen. */
function readParsed(json: unknown, warn: Warn): Snapshot {
  // Segments are optional in a file and required in a snapshot.
  const wire = isRecord(json) && json.segments === undefined ? { ...json, segments: [] } : json;
  // Mistakes are reported with their paths below, unknown names among them.
  const snapshot = decodeSnapshot(wire, () => {});
  const checked = wire as unknown as WireSnapshot;
  for (const { path, problem } of findMistakes(checked)) warn(`${path} ${problem}`);
  for (const list of ["flags", "segments"] as const) {
    const served = new Set(snapshot[list].map(({ key }) => key));
    for (const [index, { key }] of checked[list].entries()) {
      if (!served.has(key)) warn(`${list}[${index}] is not served: a name in it is unknown`);
    }
  }
  return snapshot;
}

/** A snapshot's version is the highest of its own and its flags' (contract §9), and its segments'. */
function highestVersion({ version, flags, segments }: Snapshot): number {
  return [...flags, ...segments].reduce((highest, item) => Math.max(highest, item.version), version);
}

/** Returns a copy of a flag or segment with another version. */
function withVersion<T extends Flag | Segment>(item: T, version: number): T {
  const json = JSON.parse(JSON.stringify({ ...item, version }));
  const decoded = "variations" in item ? decodeFlag(json, () => {}) : decodeSegment(json, () => {});
  return decoded as T;
}
