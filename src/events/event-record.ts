import type { SdkEventType } from "../contract/sdk-event.ts";
import type { WaitingEvent } from "./event-buffer.ts";

/** One event as it waits: what the wire will need and nothing more. It becomes JSON when it leaves. */
export interface EventRecord extends WaitingEvent {
  readonly type: SdkEventType;
  readonly userId: string | undefined;
  readonly variation: string | undefined;
  readonly prerequisiteKey: string | undefined;
  /** JSON already: a later change of the caller's object does not change the event. */
  readonly metadata: string | undefined;
  /** When it happened, in ms since the epoch. */
  readonly timestamp: number;
}

/** An event of the longest type with every field there and empty. */
const FIXED_SIZE = 140;

/**
 * Texts of up to so many characters count three bytes for each, the most that UTF-8 takes: even 10,000 such events stay
 * below 8 MiB. Longer ones are measured, which is slow.
 */
const SHORT_TEXTS = 230;

/** Makes a record; in one place, so that all of them have one hidden class. */
export function createEventRecord(
  type: SdkEventType,
  flagKey: string,
  userId: string | undefined,
  variation: string | undefined,
  prerequisiteKey: string | undefined,
  metadata: string | undefined,
  timestamp: number,
): EventRecord {
  let length = flagKey.length;
  if (userId !== undefined) length += userId.length;
  if (variation !== undefined) length += variation.length;
  if (prerequisiteKey !== undefined) length += prerequisiteKey.length;
  let size = FIXED_SIZE;
  size += length <= SHORT_TEXTS
    ? 3 * length
    : utf8Length(JSON.stringify([flagKey, userId, variation, prerequisiteKey]));
  if (metadata !== undefined) size += utf8Length(metadata);
  return { type, flagKey, userId, variation, prerequisiteKey, metadata, timestamp, size };
}

/** How many bytes a text takes in UTF-8. */
export function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
