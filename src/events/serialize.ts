import type { SdkEventType } from "../contract/sdk-event.ts";
import type { WaitingEvent } from "./event-queue.ts";
import { memoize } from "./memoize.ts";
import { utf8Length } from "./utf8-length.ts";

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
