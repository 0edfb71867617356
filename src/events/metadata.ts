import { utf8Length } from "./utf8-length.ts";

/** How much metadata an event may carry, in bytes (contract §5). */
const MAX_METADATA_BYTES = 16 * 1024;

/** Metadata as JSON, or why the event has to do without it. Both are absent when there is nothing to carry. */
export interface SerializedMetadata {
  readonly json?: string;
  readonly problem?: string;
}

/**
 * Turns metadata into JSON here and now, without the top-level names in `omitted` (`"*"` stands for all of them). Whatever
 * `JSON.stringify` does not call an object (a text, an array, a date) is refused: the wire has objects only. Never throws
 * (contract §5).
 */
export function serializeMetadata(value: unknown, omitted: ReadonlySet<string>): SerializedMetadata {
  if (value === undefined || value === null || omitted.has("*")) return {};
  let json: string | undefined;
  try {
    json = omitted.size === 0 ? JSON.stringify(value) : JSON.stringify(value, omit(omitted));
  } catch {
    return { problem: "it can not be serialized" }; // a cycle, a BigInt, a getter or a `toJSON` that throws
  }
  if (json === undefined || json[0] !== "{") return { problem: "it is not an object" };
  if (json === "{}") return {};
  return utf8Length(json) > MAX_METADATA_BYTES ? { problem: "it is longer than 16 KiB" } : { json };
}

/** A replacer rather than a filtered copy: what a `toJSON` makes up is filtered too. */
function omit(names: ReadonlySet<string>): (this: unknown, key: string, value: unknown) => unknown {
  let root: unknown;
  return function (key, value) {
    if (root === undefined) root = value;
    else if (this === root && names.has(key)) return undefined;
    return value;
  };
}
