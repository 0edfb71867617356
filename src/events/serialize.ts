import { MAX_METADATA_BYTES } from "../contract/limits.ts";
import type { SdkEvent, SdkEventType } from "../contract/wire.ts";

/**
 * An event that waits to be sent. Its texts are JSON in ASCII and copies of what the caller passed: the length of a text is
 * its size on the wire and in memory, and no larger text stays in memory that a value was cut from (contract §5).
 */
export interface WaitingEvent {
  /** Its position in the order of recording; the queue assigns it. */
  number: number;
  readonly type: SdkEventType;
  /** The JSON up to the user id, or up to the variation without one. */
  readonly head: string;
  /** The user id with its closing quote, see {@linkcode copyText}; empty without one, as the next two. */
  readonly user: string;
  /** The variation as a whole property. */
  readonly variation: string;
  /** What follows the timestamp: metadata and the prerequisite that failed. */
  readonly tail: string;
  /** When it happened, in ms since the epoch. */
  readonly timestamp: number;
  /** Since when it waits, in ms since the epoch. */
  readonly recordedAt: number;
  /** Its size in a request, in bytes, the comma included. */
  readonly size: number;
  /** Whether it is shed before all others (contract §9). */
  readonly isMinor?: boolean;
}

/** What an event consists of, before it is written. */
export interface EventContent {
  readonly type: SdkEventType;
  readonly name: string;
  readonly userId?: string | undefined;
  readonly variation?: string | undefined;
  readonly prerequisiteKey?: string | undefined;
  /** JSON already. */
  readonly metadata?: string | undefined;
  /** When it happened, in ms since the epoch. */
  readonly timestamp: number;
  /** Since when it waits; since it happened by default. */
  readonly recordedAt?: number | undefined;
}

/** The size of the timestamp and of what follows an event. A date after the year 9999 has three characters more. */
const TIMESTAMP_BYTES = ',"timestamp":"+010000-01-01T00:00:00.000Z"},'.length;
const USER_ID = ',"userId":"';
/** As imported: a test may replace them later (contract §3). */
const { parse, stringify } = JSON;

// The keys of flags and variations are few and repeat with every evaluation, and the names of other events are fewer.
const headWriters = {
  Evaluation: headOf("Evaluation", 700_000), // ten thousand flags
  Impression: headOf("Impression"),
  Identify: headOf("Identify"),
  Custom: headOf("Custom"),
};
const writeVariation = memoize((key) => compact(`,"variation":${toJson(key)}`));

function headOf(type: SdkEventType, capacity = 25_000): (name: string) => string {
  return memoize((name) => compact(`{"type":"${type}","flagKey":${toJson(name)}${USER_ID}`, 0), capacity);
}

/** Creates the event of an evaluation, or of another type whose `writeHead` is passed; `timestamp` in ms since the epoch. */
export function createEvaluation(
  flagKey: string,
  userId: string | undefined,
  variationKey: string | undefined,
  prerequisiteKey: string | undefined,
  timestamp: number,
  writeHead: (name: string) => string = headWriters.Evaluation,
): WaitingEvent {
  let head = writeHead(flagKey);
  let user = "";
  if (userId === undefined) head = head.slice(0, -USER_ID.length);
  else user = copyText(userId);
  const variation = variationKey === undefined ? "" : writeVariation(variationKey);
  const tail = prerequisiteKey === undefined ? "" : compact(`,"prerequisiteKey":${toJson(prerequisiteKey)}`);
  const size = head.length + user.length + variation.length + tail.length + TIMESTAMP_BYTES;
  return {
    number: 0,
    type: "Evaluation",
    head,
    user,
    variation,
    tail,
    timestamp,
    recordedAt: timestamp,
    size,
  };
}

/** Creates an event of any type. */
export function createEvent(content: EventContent): WaitingEvent {
  const { type, name, userId, variation, prerequisiteKey, timestamp, recordedAt = timestamp } = content;
  const event = createEvaluation(name, userId, variation, prerequisiteKey, timestamp, headWriters[type]);
  const metadata = content.metadata === undefined ? "" : compact(`,"metadata":${toAscii(content.metadata)}`);
  return { ...event, type, tail: metadata + event.tail, recordedAt, size: event.size + metadata.length };
}

/** A test may replace the global one by something without `toISOString`, and a delivery must not fail for it. */
const NativeDate = Date;

/** The timestamp that was written last, and the JSON from it to the end: many events of a request share it. */
let lastTimestamp = NaN;
let lastEnd = "";

/**
 * Writes an event as it goes over the wire (contract §5): absent fields are left out, and there are no others. One that was
 * recorded in a Worker's global scope, where the clock stands at zero, is dated `now`, in ms since the epoch (contract §6.1).
 */
export function writeEvent(event: WaitingEvent, now: number): string {
  const { head, user, variation, tail } = event;
  const timestamp = event.timestamp || now;
  if (timestamp !== lastTimestamp) {
    lastEnd = `,"timestamp":"${new NativeDate(timestamp).toISOString()}"}`;
    lastTimestamp = timestamp;
  }
  // Few parts, most of them written once for many events (bench: events-all).
  const json = head + user + variation + lastEnd;
  return tail === "" ? json : json.slice(0, -1) + tail + "}";
}

/** The texts of an event as the caller passed them. */
export function textsOf(event: WaitingEvent): Pick<SdkEvent, "flagKey" | "userId" | "variation"> {
  return JSON.parse(writeEvent(event, 0)) as SdkEvent;
}

/** Anything but printable ASCII without the quote and the backslash, except at the end. */
const SPECIAL = /[^ !#-[\]-~][^]/;

/**
 * Copies a text and returns it as JSON in ASCII without the opening quote. Joining it with the quote and reading a character
 * of the result makes every engine build a new text: a part of a larger one would keep all of it in memory. The copy is what
 * is searched then: engines search it faster than a text of several parts.
 */
export function copyText(text: string): string {
  const copy = text + '"';
  const isPlain = copy.charCodeAt(0) > 0 && !SPECIAL.test(copy);
  return compact(isPlain ? copy : toJson(text).slice(1));
}

/**
 * Returns a text in ASCII that is longer than `length` as one of a single part with a byte per character. Engines keep two
 * bytes for each if the text was a part of one with other characters, or was made of one by replacing them. Short texts are
 * many, and what they lose is little.
 */
function compact(text: string, length = 100): string {
  return text.length > length ? parse(stringify(text)) as string : text;
}

/** A text as JSON in ASCII. */
function toJson(text: string): string {
  return toAscii(stringify(text));
}

/** Replaces what is not ASCII by escapes, so that one character is one byte. */
function toAscii(json: string): string {
  return json.replace(
    /[\x7f-\uffff]/g,
    (character) => "\\u" + character.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

/** Metadata as JSON, or why the event is sent without it. Both are absent when there is no metadata. */
export interface SerializedMetadata {
  readonly json?: string;
  readonly problem?: string;
}

/**
 * Serializes metadata now, without the top-level names in `omitted` (`"*"` omits all). Whatever `JSON.stringify` does not
 * write as an object (a text, an array, a date) is refused: the wire has objects only. Never throws (contract §5).
 */
export function serializeMetadata(value: unknown, omitted: ReadonlySet<string>): SerializedMetadata {
  if (value === undefined || value === null || omitted.has("*")) return {};
  let json: string | undefined;
  try {
    json = stringify(value, omitted.size > 0 ? omit(omitted) : undefined);
  } catch {
    return { problem: "it cannot be serialized" }; // a cycle, a BigInt, a getter or a `toJSON` that throws
  }
  if (json === undefined || json[0] !== "{") return { problem: "it is not an object" };
  if (json === "{}") return {};
  return utf8Length(json) > MAX_METADATA_BYTES ? { problem: "it is longer than 16 KiB" } : { json };
}

/** A replacer rather than a filtered copy: what a `toJSON` returns is filtered too. */
function omit(names: ReadonlySet<string>): (this: unknown, key: string, value: unknown) => unknown {
  let root: unknown;
  return function (key, value) {
    if (root === undefined) root = value;
    else if (this === root && names.has(key)) return undefined;
    return value;
  };
}

/** Longer texts are not remembered: they are no keys that repeat. */
const MAX_REMEMBERED_LENGTH = 1_000;

/**
 * Returns `write` with a memory of its results, which is cleared when it is full. It remembers copies of the texts.
 *
 * @param capacity How many characters it remembers: by default the keys of thousands of flags.
 */
export function memoize(write: (text: string) => string, capacity = 250_000): (text: string) => string {
  const memory = new Map<string, string>();
  let length = 0;

  return (text) => {
    let written = memory.get(text);
    if (written === undefined) {
      written = write(text);
      if (written.length > MAX_REMEMBERED_LENGTH) return written;
      length += written.length;
      if (length > capacity) {
        memory.clear();
        length = written.length;
      }
      memory.set(parse(stringify(text)) as string, written);
    }
    return written;
  };
}

/** The length of a text in UTF-8, in bytes. */
export function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
