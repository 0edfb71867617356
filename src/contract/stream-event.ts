import type { Warn } from "../runtime/logger.ts";
import { decodeObject, decodeString, decodeVersion } from "./decode.ts";
import { decodeFlag } from "./flag.ts";
import type { Flag } from "./flag.ts";
import { parseJson } from "./parse-json.ts";
import { PayloadError } from "./payload-error.ts";
import { decodeSegment, decodeSnapshot } from "./snapshot.ts";
import type { Segment, Snapshot } from "./snapshot.ts";

/** One event of the stream, decoded (contract §4). */
export type StreamEvent =
  /** The snapshot is `undefined` when its text is the one that the flags came from. */
  | { readonly type: "sync"; readonly snapshot: Snapshot | undefined }
  /** A flag was created or updated: the whole flag, or `null` when the payload only names it. */
  | {
    readonly type: "flag-changed";
    readonly key: string;
    readonly version: number;
    readonly flag: Flag | null;
  }
  | { readonly type: "flag-deleted"; readonly key: string; readonly version: number }
  /**
   * A segment was updated: the whole segment, or `null` when the payload only names it. The key is `undefined` when it does
   * not even do that.
   */
  | {
    readonly type: "segment-changed";
    readonly key: string | undefined;
    readonly version: number;
    readonly segment: Segment | null;
  }
  | { readonly type: "ping" };

/**
 * Decodes one event of the stream.
 *
 * @param type The `event:` field.
 * @param data The `data:` field.
 * @param warn Receives a warning for each flag or segment that is dropped.
 * @param heldText The `data:` field of a `sync` that need not be decoded again.
 * @returns `null` for an event to ignore: an unknown one, or a flag or segment that contains a name that this version
 * does not know (its stored copy stays, contract §2.1).
 * @throws {PayloadError} when the data is not JSON or violates a type of the contract.
 */
export function decodeStreamEvent(
  type: string,
  data: string,
  warn: Warn,
  heldText?: string,
): StreamEvent | null {
  switch (type) {
    case "sync":
      return { type: "sync", snapshot: data === heldText ? undefined : decodeSnapshot(parse(data), warn) };
    case "flag.created":
    case "flag.updated":
      return decodeFlagChanged(parse(data), warn);
    case "flag.deleted": {
      const wire = decodeObject(parse(data));
      return {
        type: "flag-deleted",
        key: decodeString(wire.key, "key"),
        version: decodeVersion(wire.version),
      };
    }
    case "segment.updated":
      return decodeSegmentChanged(data, warn);
    case "ping":
      return { type: "ping" };
    default:
      return null;
  }
}

function decodeFlagChanged(json: unknown, warn: Warn): StreamEvent | null {
  const wire = decodeObject(json);
  // Every whole flag has these two; a payload that only names a flag has neither.
  if (wire.variations === undefined && wire.fallthrough === undefined) {
    const key = decodeString(wire.key, "key");
    return { type: "flag-changed", key, version: decodeVersion(wire.version), flag: null };
  }
  const flag = decodeFlag(json, warn);
  return flag && { type: "flag-changed", key: flag.key, version: flag.version, flag };
}

function decodeSegmentChanged(data: string, warn: Warn): StreamEvent | null {
  let wire: Readonly<Record<string, unknown>>;
  try {
    wire = decodeObject(parse(data));
  } catch {
    // Whichever segment it was: the snapshot has it.
    return { type: "segment-changed", key: undefined, version: 0, segment: null };
  }
  // A whole segment cannot lack its conditions; a payload that only names it does not need them.
  if (wire.conditions === undefined) {
    const key = typeof wire.key === "string" ? wire.key : undefined;
    return { type: "segment-changed", key, version: decodeVersion(wire.version), segment: null };
  }
  const segment = decodeSegment(wire, warn);
  return segment && { type: "segment-changed", key: segment.key, version: segment.version, segment };
}

function parse(data: string): unknown {
  try {
    return parseJson(data);
  } catch (error) {
    throw error instanceof PayloadError ? error : new PayloadError("", "must be JSON");
  }
}
