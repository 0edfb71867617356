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
  /** A flag was created or updated: the whole flag, or `undefined` when the payload only names it. `null`: it was deleted. */
  | {
    readonly type: "flag";
    readonly key: string;
    readonly version: number;
    readonly flag: Flag | null | undefined;
  }
  /** A segment was updated: the whole segment, or `undefined` when the payload only names it. */
  | {
    readonly type: "segment";
    readonly key: string;
    readonly version: number;
    readonly segment: Segment | undefined;
  }
  /** Something was updated that the payload does not even name. */
  | { readonly type: "unnamed" }
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
    case "flag.deleted":
      return decodeFlagEvent(type, parse(data), warn);
    case "segment.updated":
      return decodeSegmentEvent(data, warn);
    case "ping":
      return { type: "ping" };
    default:
      return null;
  }
}

function decodeFlagEvent(type: string, json: unknown, warn: Warn): StreamEvent | null {
  const wire = decodeObject(json);
  const isDeleted = type === "flag.deleted";
  // Every whole flag has these two; a payload that only names a flag has neither.
  if (isDeleted || (wire.variations === undefined && wire.fallthrough === undefined)) {
    const key = decodeString(wire.key, "key");
    return { type: "flag", key, version: decodeVersion(wire.version), flag: isDeleted ? null : undefined };
  }
  const flag = decodeFlag(json, warn);
  return flag && { type: "flag", key: flag.key, version: flag.version, flag };
}

function decodeSegmentEvent(data: string, warn: Warn): StreamEvent | null {
  let wire: Readonly<Record<string, unknown>>;
  try {
    wire = decodeObject(parse(data));
  } catch {
    // Whichever segment it was: the snapshot has it.
    wire = {};
  }
  // A whole segment cannot lack its conditions; a payload that only names it does not need them.
  if (wire.conditions === undefined) {
    return typeof wire.key === "string"
      ? { type: "segment", key: wire.key, version: decodeVersion(wire.version), segment: undefined }
      : { type: "unnamed" };
  }
  const segment = decodeSegment(wire, warn);
  return segment && { type: "segment", key: segment.key, version: segment.version, segment };
}

function parse(data: string): unknown {
  try {
    return parseJson(data);
  } catch (error) {
    throw error instanceof PayloadError ? error : new PayloadError("", "must be JSON");
  }
}
