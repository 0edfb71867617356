import { HTTPException } from "hono/http-exception";
import { MAX_METADATA_BYTES, MAX_NESTING, MAX_USER_ID_LENGTH } from "../../contract/limits.ts";
import { typeViolation } from "../../contract/payload-error.ts";
import type { SdkEvent, SdkEventType } from "../../contract/wire.ts";
import { isRecord } from "../../errors/format.ts";
import { utf8Length } from "../../events/serialize.ts";
import { isNestedWithin } from "../http/request-bounds.ts";

/** The events of one request. */
export interface DecodedEvents {
  readonly events: readonly SdkEvent[];
  /** How many events had an unknown type: they are left out. */
  readonly unknown: number;
}

const TYPES: ReadonlyMap<string, SdkEventType> = new Map(
  (["Evaluation", "Impression", "Identify", "Custom"] as const).map((type) => [type.toLowerCase(), type]),
);

/**
 * Decodes the body of `POST /v1/sdk/events` from an SDK of any language and age (contract §9): `null` is absent, unknown
 * properties are ignored, and so is a field of the wrong kind, except those that make the event what it is.
 *
 * @param now The time of arrival: that of events without a readable `timestamp`.
 * @param maxEvents The most events of one request, counted before any is decoded.
 * @throws {PayloadError} naming the event whose `flagKey` or `type` is not a string.
 * @throws {HTTPException} 413 for more events.
 */
export function decodeSdkEvents(body: unknown, now: number, maxEvents: number): DecodedEvents {
  if (!isRecord(body)) throw typeViolation("", "an object", body);
  const { events } = body;
  if (!Array.isArray(events)) throw typeViolation("events", "a list", events);
  if (events.length > maxEvents) {
    throw new HTTPException(413, { message: `A request may carry at most ${maxEvents} events` });
  }
  const decoded = events.map((event, index) => decodeEvent(event, `events[${index}]`, now));
  const known = decoded.filter((event) => event !== undefined);
  return { events: known, unknown: decoded.length - known.length };
}

/** Decodes one event; `undefined` for an unknown type. */
function decodeEvent(event: unknown, path: string, now: number): SdkEvent | undefined {
  if (!isRecord(event)) throw typeViolation(path, "an object", event);
  const { flagKey } = event;
  if (typeof event.type !== "string") throw typeViolation(`${path}.type`, "a string", event.type);
  if (typeof flagKey !== "string") throw typeViolation(`${path}.flagKey`, "a string", flagKey);
  const type = TYPES.get(event.type.toLowerCase());
  if (type === undefined) return undefined;
  const userId = textOf(event.userId);
  const variation = textOf(event.variation);
  const prerequisiteKey = textOf(event.prerequisiteKey);
  const metadata = metadataOf(event.metadata);
  return {
    type,
    flagKey,
    ...(userId !== undefined && userId.length <= MAX_USER_ID_LENGTH && { userId }),
    ...(variation !== undefined && { variation }),
    timestamp: new Date(instantOf(event.timestamp) ?? now).toISOString(),
    ...(metadata !== undefined && { metadata }),
    ...(prerequisiteKey !== undefined && { prerequisiteKey }),
  };
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

function metadataOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (!isRecord(value) || Object.keys(value).length === 0 || !isNestedWithin(value, MAX_NESTING)) {
    return undefined;
  }
  return utf8Length(JSON.stringify(value)) <= MAX_METADATA_BYTES ? value : undefined;
}

/** A date and time, with a fraction of any length and an offset; without an offset it is UTC. */
const INSTANT = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,3})\d*)? ?(Z|UTC|[+-]\d\d:?\d\d)?$/i;
/** Numbers below this are seconds since the epoch, others ms: as ms it is in 1973, as seconds in 5138. */
const MAX_SECONDS = 1e11;
/** The largest distance from the epoch that a date can have, in ms. */
const MAX_DATE_MS = 8.64e15;

/** The instant of a `timestamp`, in ms since the epoch; `undefined` if it has none. */
function instantOf(value: unknown): number | undefined {
  if (typeof value === "number") {
    const instant = Math.abs(value) < MAX_SECONDS ? 1_000 * value : value;
    return Math.abs(instant) <= MAX_DATE_MS ? Math.trunc(instant) : undefined;
  }
  if (typeof value !== "string") return undefined;
  const [, date, time, fraction = "0", offset = "Z"] = INSTANT.exec(value.trim()) ?? [];
  if (date === undefined) return undefined;
  const colon = offset.replace(/^utc$/i, "Z").replace(/^([+-]\d\d):?(\d\d)$/, "$1:$2").toUpperCase();
  const seconds = time!.length === 5 ? `${time}:00` : time;
  const instant = Date.parse(`${date}T${seconds}.${fraction.padEnd(3, "0")}${colon}`);
  return Number.isNaN(instant) ? undefined : instant;
}
