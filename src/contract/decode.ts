import { quote } from "../errors/format.ts";
import type { Warn } from "../runtime/logger.ts";
import { MAX_NESTING } from "./limits.ts";
import { joinPath, PayloadError, prefixPath, typeViolation } from "./payload-error.ts";
import type { JsonValue } from "./wire.ts";

/** A name on the wire that this version does not know: the flag or segment around it is dropped (contract §2.1). */
export interface UnknownName {
  readonly path: string;
  readonly name: string;
  /** The names that are known, for the warning. */
  readonly known: string;
}

const EMPTY: readonly never[] = [];

/** An object's properties; anything else is a type violation. */
export function decodeObject(json: unknown): Readonly<Record<string, unknown>> {
  if (typeof json === "object" && json !== null && !Array.isArray(json)) {
    return json as Readonly<Record<string, unknown>>;
  }
  throw typeViolation("", "an object", json);
}

/** A string; anything else is a type violation. */
export function decodeString(json: unknown, path: string): string {
  if (typeof json === "string") return json;
  throw typeViolation(path, "a string", json);
}

/** A string that may be missing or `null`, which is the empty one. */
export function decodeOptionalString(json: unknown, path: string): string {
  if (json === undefined || json === null) return "";
  if (typeof json === "string") return json;
  throw typeViolation(path, "a string or null", json);
}

/** A finite number that may be missing, which is 0. */
export function decodeOptionalNumber(json: unknown, path: string): number {
  if (json === undefined) return 0;
  if (typeof json === "number" && Number.isFinite(json)) return json;
  throw typeViolation(path, "a finite number", json);
}

/** A version; what is no number counts as 0, since nothing depends on it but the order of updates. */
export function decodeVersion(json: unknown): number {
  return typeof json === "number" && Number.isFinite(json) ? json : 0;
}

/** A list's items; anything but a list is a type violation. */
export function decodeList<T>(
  json: unknown,
  path: string,
  decodeItem: (item: unknown, unknownNames: UnknownName[]) => T,
  unknownNames: UnknownName[],
): readonly T[] {
  if (!Array.isArray(json)) throw typeViolation(path, "a list", json);
  if (json.length === 0) return EMPTY;
  // As long as it will be: a list that grows keeps room for sixteen more, which is a third of all memory of a snapshot.
  const items = new Array<T>(json.length);
  let index = 0;
  try {
    for (; index < items.length; index++) {
      const known = unknownNames.length;
      items[index] = decodeItem(json[index], unknownNames);
      if (unknownNames.length > known) relocate(unknownNames, known, `${path}[${index}]`);
    }
  } catch (error) {
    throw prefixPath(error, `${path}[${index}]`);
  }
  return items;
}

/** A list that may be missing or `null`, which is told from the empty one. */
export function decodeNullableList<T>(
  json: unknown,
  path: string,
  decodeItem: (item: unknown, unknownNames: UnknownName[]) => T,
  unknownNames: UnknownName[],
): readonly T[] | null {
  return json === undefined || json === null ? null : decodeList(json, path, decodeItem, unknownNames);
}

/** A list that may be missing or `null`, which is the empty one. */
export function decodeOptionalList<T>(
  json: unknown,
  path: string,
  decodeItem: (item: unknown, unknownNames: UnknownName[]) => T,
  unknownNames: UnknownName[],
): readonly T[] {
  return decodeNullableList(json, path, decodeItem, unknownNames) ?? EMPTY;
}

/** A variation's value: any JSON, frozen deeply, so that what one request is given another can't change. */
export function freezeJson(json: unknown, level = 1): JsonValue {
  if (typeof json !== "object" || json === null) return json as JsonValue;
  if (level > MAX_NESTING) {
    throw new PayloadError("value", `must be nested at most ${MAX_NESTING} levels deep`);
  }
  for (const item of Object.values(json)) freezeJson(item, level + 1);
  return Object.freeze(json) as JsonValue;
}

/** A flag or a segment; `null`, after a warning, when it has a name that this version does not know (contract §2.1). */
export function dropUnknown<T extends { readonly key: string }>(
  what: "Flag" | "Segment",
  item: T,
  [unknown]: readonly UnknownName[],
  warn: Warn,
): T | null {
  if (unknown === undefined) return item;
  const { path, name, known } = unknown;
  warn(
    `${what} ${quote(item.key)} is dropped: ${path} is ${quote(name)}, and this version knows ${known} only`,
  );
  return null;
}

function relocate(unknownNames: UnknownName[], from: number, outer: string): void {
  for (let index = from; index < unknownNames.length; index++) {
    const unknown = unknownNames[index]!;
    unknownNames[index] = { ...unknown, path: joinPath(outer, unknown.path) };
  }
}
