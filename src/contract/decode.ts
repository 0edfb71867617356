import { quote } from "../errors/format.ts";
import type { Warn } from "../runtime/logger.ts";
import { MAX_NESTING } from "./limits.ts";
import { joinPath, PayloadError, prefixPath, typeViolation } from "./payload-error.ts";
import type { JsonValue } from "./wire.ts";

/** A name on the wire that this version does not know: the flag or segment around it is dropped (contract §2.1). */
export interface UnknownName {
  readonly path: string;
  readonly name: string;
  /** The known names, for the warning. */
  readonly known: string;
}

const EMPTY: readonly never[] = [];

/*
 * A payload is checked as a whole when it arrives, and each flag is decoded when it is first asked for (bench: new snapshot,
 * cold start). What `check…` has accepted, `decode…` need not check again.
 */

/** Decodes an object; anything else is a type violation. */
export function decodeObject(json: unknown): Readonly<Record<string, unknown>> {
  if (typeof json === "object" && json !== null && !Array.isArray(json)) {
    return json as Readonly<Record<string, unknown>>;
  }
  throw typeViolation("", "an object", json);
}

/** Decodes a string; anything else is a type violation. */
export function decodeString(json: unknown, path: string): string {
  if (typeof json === "string") return json;
  throw typeViolation(path, "a string", json);
}

/** Checks that a value is a string, `null` or missing. */
export function checkOptionalString(json: unknown, path: string): void {
  if (json !== undefined && json !== null && typeof json !== "string") {
    throw typeViolation(path, "a string or null", json);
  }
}

/** Checks that a value is a finite number or missing. */
export function checkOptionalNumber(json: unknown, path: string): void {
  if (json !== undefined && !Number.isFinite(json)) throw typeViolation(path, "a finite number", json);
}

/** Decodes a version. Anything but a finite number is 0, since only the order of updates depends on it. */
export function decodeVersion(json: unknown): number {
  return Number.isFinite(json) ? json as number : 0;
}

/** Checks a list and each of its items; anything else is a type violation. */
export function checkList(
  json: unknown,
  path: string,
  checkItem: (item: unknown, unknownNames: UnknownName[]) => void,
  unknownNames: UnknownName[],
): void {
  if (!Array.isArray(json)) throw typeViolation(path, "a list", json);
  let index = 0;
  try {
    for (; index < json.length; index++) {
      const known = unknownNames.length;
      checkItem(json[index], unknownNames);
      if (unknownNames.length > known) relocate(unknownNames, known, `${path}[${index}]`);
    }
  } catch (error) {
    throw prefixPath(error, `${path}[${index}]`);
  }
}

/** Checks a list that may be `null` or missing. */
export function checkOptionalList(
  json: unknown,
  path: string,
  checkItem: (item: unknown, unknownNames: UnknownName[]) => void,
  unknownNames: UnknownName[],
): void {
  if (json !== undefined && json !== null) checkList(json, path, checkItem, unknownNames);
}

/** Decodes the items of a list; a missing one or `null` is the empty list. */
export function decodeList<W, T>(
  list: readonly W[] | null | undefined,
  decodeItem: (item: W) => T,
): readonly T[] {
  if (list === undefined || list === null || list.length === 0) return EMPTY;
  // Allocated at its final length: a list that grows reserves room for sixteen more items (bench: memory).
  const items = new Array<T>(list.length);
  for (let index = 0; index < items.length; index++) items[index] = decodeItem(list[index]!);
  return items;
}

/** Deeply freezes a variation's value, so that one request cannot change the value that another receives. */
export function freezeJson(json: unknown, level = 1): JsonValue {
  if (typeof json !== "object" || json === null) return json as JsonValue;
  if (level > MAX_NESTING) {
    throw new PayloadError("value", `must be nested at most ${MAX_NESTING} levels deep`);
  }
  for (const item of Object.values(json)) freezeJson(item, level + 1);
  return Object.freeze(json) as JsonValue;
}

/** Whether a flag or segment has no name that this version does not know; warns when it does (contract §2.1). */
export function isKnown(
  what: "Flag" | "Segment",
  key: string,
  [unknown]: readonly UnknownName[],
  warn: Warn,
): boolean {
  if (unknown === undefined) return true;
  const { path, name, known } = unknown;
  warn(`${what} ${quote(key)} dropped: ${path} is ${quote(name)}, but this version knows only ${known}`);
  return false;
}

function relocate(unknownNames: UnknownName[], from: number, outer: string): void {
  for (let index = from; index < unknownNames.length; index++) {
    const unknown = unknownNames[index]!;
    unknownNames[index] = { ...unknown, path: joinPath(outer, unknown.path) };
  }
}
