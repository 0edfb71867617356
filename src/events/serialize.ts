import { MAX_METADATA_BYTES } from "../contract/limits.ts";
import type { SdkEventType } from "../contract/sdk-event.ts";
import type { WaitingEvent } from "./event-queue.ts";

/**
 * Events of up to so many characters count three bytes for each, the most that UTF-8 takes: even 10,000 of them stay below
 * 8 MiB. Longer ones are measured, which is slow.
 */
const SHORT_EVENT = 279;

/** What JSON does not carry as it is, or not always: surrogates may be single. */
const UNUSUAL = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

// The same few flags again and again, many at a time.
const writeName = memoize(JSON.stringify);
let instant = Number.NaN;
let timestampField = "";

/**
 * Writes one event as it goes over the wire (contract §5): absent fields are left out, and there are no others.
 *
 * @param metadata JSON already.
 * @param timestamp When it happened, in ms since the epoch.
 */
export function writeEvent(
  type: SdkEventType,
  flagKey: string,
  userId: string | undefined,
  variation: string | undefined,
  prerequisiteKey: string | undefined,
  metadata: string | undefined,
  timestamp: number,
): WaitingEvent {
  if (timestamp !== instant) {
    timestampField = `,"timestamp":"${new Date(timestamp).toISOString()}"`;
    instant = timestamp;
  }
  let json = `{"type":"${type}","flagKey":` + writeName(flagKey);
  if (userId !== undefined) json += ',"userId":' + writeText(userId);
  if (variation !== undefined) json += ',"variation":' + writeName(variation);
  json += timestampField;
  if (metadata !== undefined) json += ',"metadata":' + metadata;
  if (prerequisiteKey !== undefined) json += ',"prerequisiteKey":' + writeText(prerequisiteKey);
  json += "}";
  const size = json.length <= SHORT_EVENT ? 3 * json.length : utf8Length(json) + 1; // one for the comma
  return { json, flagKey, timestamp, size };
}

/** Half the time of `JSON.stringify`, a tenth of an event's, for nearly all texts there are. */
function writeText(text: string): string {
  return UNUSUAL.test(text) ? JSON.stringify(text) : `"${text}"`;
}

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

/** How many characters are remembered: the keys of thousands of flags. Past them the memory starts over. */
const MAX_LENGTH = 250_000;

/** Makes `write` remember what it wrote: for texts that are few and come again and again. */
export function memoize(write: (text: string) => string): (text: string) => string {
  const memory = new Map<string, string>();
  let length = 0;

  return (text) => {
    let written = memory.get(text);
    if (written === undefined) {
      written = write(text);
      length += written.length;
      if (length > MAX_LENGTH) {
        memory.clear();
        length = written.length;
      }
      memory.set(text, written);
    }
    return written;
  };
}

/** How many bytes a text takes in UTF-8. */
export function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
