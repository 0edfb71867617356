import { quote } from "../errors/format.ts";
import type { Warn } from "../runtime/logger.ts";
import { checkConditions, checkLogic, decodeConditions, decodeLogic } from "./condition.ts";
import type { Condition, ConditionLogic } from "./condition.ts";
import { checkList, decodeObject, decodeString, decodeVersion, isKnown } from "./decode.ts";
import type { UnknownName } from "./decode.ts";
import { checkFlag, PendingFlag } from "./flag.ts";
import type { Flag, KnownVariations } from "./flag.ts";
import type { WireSegment } from "./wire.ts";

/** All flags and segments of one environment (contract §2): the body of `GET /v1/sdk/flags` and of the stream's `sync`. */
export interface Snapshot {
  readonly environment: string;
  /** Rises at most once a second, so an equal version does not prove that nothing changed. */
  readonly version: number;
  readonly flags: readonly Flag[];
  readonly segments: readonly Segment[];
}

/** The flags of decoded snapshots, as long as they are only checked. */
const pendingFlags = new WeakMap<Snapshot, readonly PendingFlag[]>();

/**
 * Decodes a snapshot from the wire; the rest of the code trusts the result. Contract §2.1 has three answers to a bad
 * payload: a type violation rejects all of it, a flag or segment with an unknown name is dropped, everything else is
 * tolerated. Its flags are checked now and decoded when they are first asked for: by `flags` all of them.
 *
 * @param json The parsed body. It must be changed by nobody else: values are frozen in place.
 * @param warn Receives a warning for each flag or segment that is dropped.
 * @throws {PayloadError} when it violates a type of the contract; the message names the path and what was found.
 */
export function decodeSnapshot(json: unknown, warn: Warn): Snapshot {
  const wire = decodeObject(json);
  const known: KnownVariations = new Map();
  const pending: PendingFlag[] = [];
  checkList(wire.flags, "flags", (item) => {
    const flag = checkFlag(item, warn);
    if (flag !== null) pending.push(new PendingFlag(flag, known));
  }, []);
  const checked = lastPerKey(pending, "flags", warn);
  const segments: Segment[] = [];
  checkList(wire.segments, "segments", (item) => {
    const segment = decodeSegment(item, warn);
    if (segment !== null) segments.push(segment);
  }, []);
  let flags: readonly Flag[] | undefined;
  const snapshot: Snapshot = {
    environment: typeof wire.environment === "string" ? wire.environment : "",
    version: decodeVersion(wire.version),
    get flags() {
      return flags ??= checked.map((flag) => flag.decode());
    },
    segments: lastPerKey(segments, "segments", warn),
  };
  pendingFlags.set(snapshot, checked);
  return snapshot;
}

/** The flags of a snapshot, without decoding those that are only checked. */
export function checkedFlags(snapshot: Snapshot): readonly (Flag | PendingFlag)[] {
  return pendingFlags.get(snapshot) ?? snapshot.flags;
}

/** Of items with the same key, keeps the last. */
function lastPerKey<T extends { readonly key: string }>(
  items: readonly T[],
  what: string,
  warn: Warn,
): readonly T[] {
  const byKey = new Map(items.map((item) => [item.key, item]));
  if (byKey.size === items.length) return items;
  const duplicate = items.find((item) => byKey.get(item.key) !== item)!;
  warn(`Several ${what} have the key ${quote(duplicate.key)}: using the last one`);
  return [...byKey.values()];
}

/** A named group of contexts that rules refer to (contract §2). */
export interface Segment {
  readonly key: string;
  readonly version: number;
  readonly conditionLogic: ConditionLogic;
  /** `null` when the list is missing: the segment then does not match (contract §2.1). An empty list matches. */
  readonly conditions: readonly Condition[] | null;
}

/**
 * Decodes one segment.
 *
 * @returns `null`, after a warning, when it contains a name that this version does not know.
 * @throws {PayloadError} when it violates a type of the contract.
 */
export function decodeSegment(json: unknown, warn: Warn): Segment | null {
  const wire = decodeObject(json);
  const unknownNames: UnknownName[] = [];
  const key = decodeString(wire.key, "key");
  checkLogic(wire.conditionLogic, "conditionLogic", unknownNames);
  checkConditions(wire.conditions, unknownNames);
  if (!isKnown("Segment", key, unknownNames, warn)) return null;
  const { version, conditionLogic, conditions } = wire as unknown as WireSegment;
  return {
    key,
    version: decodeVersion(version),
    conditionLogic: decodeLogic(conditionLogic),
    conditions: decodeConditions(conditions),
  };
}
