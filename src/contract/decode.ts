import { quote } from "../errors/format.ts";
import type { Warn } from "../runtime/logger.ts";
import { MAX_NESTING } from "./limits.ts";
import { joinPath, PayloadError, prefixPath, typeViolation } from "./payload-error.ts";
import type { JsonValue } from "./wire.ts";

/** A name on the wire that this version does not know: the flag or segment around it is dropped (contract §2.1). */
export interface UnknownName {
  /** Completed on the way out, as that of a {@linkcode PayloadError} is. */
  path: string;
  readonly name: string;
  /** The known names, for the warning. */
  readonly known: string;
}

/** What decoding has met in one snapshot, or in a flag or segment of its own. */
export interface DecodeState {
  /** The first unknown name of the flag or segment that is being decoded. */
  unknown: UnknownName | undefined;
  /** The variations of the last flag of each type. They and all that follows are shared by what is equal (bench: memory). */
  readonly variations: Map<unknown, readonly Readonly<Record<"key" | "value", unknown>>[]>;
  /** The fixed serves, by variation. */
  readonly serves: Map<unknown, object>;
  /** The conditions, by their first value. */
  readonly conditions: Map<unknown, readonly object[]>;
}

/**
 * Creates the state of a snapshot that is about to be decoded. A literal and no class: when all objects of a class are gone, V8
 * discards the compiled code of all functions that use them (bench: snapshot).
 */
export function createDecodeState(): DecodeState {
  return { unknown: undefined, variations: new Map(), serves: new Map(), conditions: new Map() };
}

/** Decodes an item of a list. */
export type DecodeItem<T> = (json: unknown, state: DecodeState) => T;

const EMPTY: readonly never[] = [];

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

/** Decodes a string; a missing one or `null` is the empty string. */
export function decodeOptionalString(json: unknown, path: string): string {
  const text = json ?? "";
  if (typeof text === "string") return text;
  throw typeViolation(path, "a string or null", json);
}

/** Decodes a boolean; anything else is a type violation. */
export function decodeBoolean(json: unknown, path: string): boolean {
  if (typeof json === "boolean") return json;
  throw typeViolation(path, "true or false", json);
}

/** Decodes a finite number; a missing one is 0. */
export function decodeOptionalNumber(json: unknown, path: string): number {
  if (json === undefined) return 0;
  if (typeof json === "number" && Number.isFinite(json)) return json;
  throw typeViolation(path, "a finite number", json);
}

/** Decodes a version. Anything but a finite number is 0, since only the order of updates depends on it. */
export function decodeVersion(json: unknown): number {
  return typeof json === "number" && Number.isFinite(json) ? json : 0;
}

/** Decodes a list; anything else is a type violation. */
export function decodeList<T>(
  json: unknown,
  path: string,
  decodeItem: DecodeItem<T>,
  state: DecodeState,
): readonly T[] {
  if (!Array.isArray(json)) throw typeViolation(path, "a list", json);
  if (json.length === 0) return EMPTY;
  // Allocated at its final length: a list that grows reserves room for sixteen more items (bench: memory).
  const items = new Array<T>(json.length);
  let index = 0;
  try {
    for (; index < items.length; index++) {
      const { unknown } = state;
      items[index] = decodeItem(json[index], state);
      if (unknown !== state.unknown) {
        state.unknown!.path = joinPath(`${path}[${index}]`, state.unknown!.path);
      }
    }
  } catch (error) {
    throw prefixPath(error, `${path}[${index}]`);
  }
  return items;
}

/** Decodes a list; `null` when it is missing or `null`. */
export function decodeNullableList<T>(
  json: unknown,
  path: string,
  decodeItem: DecodeItem<T>,
  state: DecodeState,
): readonly T[] | null {
  return json === undefined || json === null ? null : decodeList(json, path, decodeItem, state);
}

/** Decodes a list; a missing one or `null` is the empty list. */
export function decodeOptionalList<T>(
  json: unknown,
  path: string,
  decodeItem: DecodeItem<T>,
  state: DecodeState,
): readonly T[] {
  return decodeNullableList(json, path, decodeItem, state) ?? EMPTY;
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

/** Returns a flag or segment, or `null` after a warning when it contains a name that this version does not know (contract §2.1). */
export function dropUnknown<T extends { readonly key: string }>(
  what: "Flag" | "Segment",
  item: T,
  state: DecodeState,
  warn: Warn,
): T | null {
  const { unknown } = state;
  if (unknown === undefined) return item;
  state.unknown = undefined;
  const { path, name, known } = unknown;
  warn(
    `${what} ${quote(item.key)} dropped: ${path} is ${quote(name)}, but this version knows only ${known}`,
  );
  return null;
}
