import { quote } from "../errors/format.ts";
import type { Warn } from "../runtime/logger.ts";
import { decodeConditions, decodeLogic } from "./condition.ts";
import type { Condition, ConditionLogic } from "./condition.ts";
import {
  createDecodeState,
  decodeList,
  decodeObject,
  decodeString,
  decodeVersion,
  dropUnknown,
} from "./decode.ts";
import type { DecodeState } from "./decode.ts";
import { decodeFlag } from "./flag.ts";
import type { Flag, PendingFlag } from "./flag.ts";

/** All flags and segments of one environment (contract §2): the body of `GET /v1/sdk/flags` and of the stream's `sync`. */
export interface Snapshot<F extends PendingFlag = Flag> {
  readonly environment: string;
  /** Rises at most once a second, so an equal version does not prove that nothing changed. */
  readonly version: number;
  readonly flags: readonly F[];
  readonly segments: readonly Segment[];
}

/** Takes one flag of a snapshot, as {@linkcode decodeFlag} does. */
export type TakeFlag<F extends PendingFlag> = (json: unknown, warn: Warn, state: DecodeState) => F | null;

/**
 * Decodes a snapshot from the wire; the rest of the code trusts the result. Contract §2.1 has three answers to a bad
 * payload: a type violation rejects all of it, a flag or segment with an unknown name is dropped, everything else is
 * tolerated.
 *
 * @param json The parsed body.
 * @param warn Receives a warning for each flag or segment that is dropped.
 * @param takeFlag Takes each flag; by default it is decoded.
 * @throws {PayloadError} when it violates a type of the contract; the message names the path and what was found.
 */
export function decodeSnapshot(json: unknown, warn: Warn, takeFlag?: TakeFlag<Flag>): Snapshot;
export function decodeSnapshot<F extends PendingFlag>(
  json: unknown,
  warn: Warn,
  takeFlag: TakeFlag<F>,
): Snapshot<F>;
export function decodeSnapshot(
  json: unknown,
  warn: Warn,
  takeFlag: TakeFlag<PendingFlag> = decodeFlag,
): Snapshot<PendingFlag> {
  const wire = decodeObject(json);
  const state = createDecodeState();
  return {
    environment: typeof wire.environment === "string" ? wire.environment : "",
    version: decodeVersion(wire.version),
    flags: decodeByKey(wire.flags, "flags", takeFlag, warn, state),
    segments: decodeByKey(wire.segments, "segments", decodeSegment, warn, state),
  };
}

/** Decodes a list without the items that are dropped and, of items with the same key, all but the last. */
function decodeByKey<T extends { readonly key: string }>(
  json: unknown,
  what: string,
  decodeItem: (item: unknown, warn: Warn, state: DecodeState) => T | null,
  warn: Warn,
  state: DecodeState,
): readonly T[] {
  const items = decodeList(json, what, (item) => decodeItem(item, warn, state), state);
  const byKey = new Map<string, T>();
  for (const item of items) if (item) byKey.set(item.key, item);
  if (byKey.size === items.length) return items as readonly T[];
  const duplicate = items.find((item) => item && byKey.get(item.key) !== item);
  if (duplicate) warn(`Several ${what} have the key ${quote(duplicate.key)}: using the last one`);
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
 * @param state That of the snapshot.
 * @returns `null`, after a warning, when it contains a name that this version does not know.
 * @throws {PayloadError} when it violates a type of the contract.
 */
export function decodeSegment(
  json: unknown,
  warn: Warn,
  state: DecodeState = createDecodeState(),
): Segment | null {
  const wire = decodeObject(json);
  const segment: Segment = {
    key: decodeString(wire.key, "key"),
    version: decodeVersion(wire.version),
    conditionLogic: decodeLogic(wire.conditionLogic, "conditionLogic", state),
    conditions: decodeConditions(wire.conditions, state),
  };
  return dropUnknown("Segment", segment, state, warn);
}
