import { EARLIEST_INSTANT_MS, LATEST_INSTANT_MS } from "../../contract/limits.ts";
import { noteUnreadable } from "../context-notes.ts";
import type { Scalar } from "../evaluation-context.ts";
import { highest, lowest, operator, trimAscii } from "./operator.ts";
import type { Operator } from "./operator.ts";

const UNIX_SECONDS = /^[+-]?\d+$/;
const ISO_DATE =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?(?:\.(\d+))?(?:Z|([+-])(\d\d):?(\d\d))?)?$/;

/** The groups of a date as numbers: 0 where one is absent, `NaN` for a sign. */
type Fields = [
  text: number,
  year: number,
  month: number,
  day: number,
  hours: number,
  minutes: number,
  seconds: number,
  fraction: number,
  sign: number,
  offsetHours: number,
  offsetMinutes: number,
];

/** Before (contract §3.3): both sides as instants. */
export const before: Operator = operator(
  highest(parseInstant),
  (value, bound) => instantOf(value) < bound,
);

/** After (contract §3.3): both sides as instants. */
export const after: Operator = operator(
  lowest(parseInstant),
  (value, bound) => instantOf(value) > bound,
);

function instantOf(value: Scalar): number {
  const text = String(value);
  const instant = parseInstant(text);
  if (Number.isNaN(instant)) noteUnreadable(text);
  return instant;
}

/**
 * Parses Unix seconds or an ISO date (contract §3.5). It never guesses and never uses the host's time zone.
 *
 * @returns Milliseconds since the epoch; `NaN` when the text is neither.
 */
export function parseInstant(text: string): number {
  const trimmed = trimAscii(text);
  const instant = UNIX_SECONDS.test(trimmed) ? Number(trimmed) * 1000 : parseIsoDate(trimmed);
  return instant >= EARLIEST_INSTANT_MS && instant <= LATEST_INSTANT_MS ? instant : NaN;
}

function parseIsoDate(text: string): number {
  const match = ISO_DATE.exec(text);
  if (match === null) return NaN;
  const fields = match.map((field) => Number(field ?? 0)) as Fields;
  const [, year, month, day, hours, minutes, seconds, , , offsetHours, offsetMinutes] = fields;

  const date = new Date(0);
  // Not Date.UTC, which reads the years 0 to 99 as 1900 to 1999.
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return NaN;
  if (hours > 23 || minutes > 59 || seconds > 59 || offsetHours > 23 || offsetMinutes > 59) return NaN;

  const milliseconds = Number((match[7] ?? "").slice(0, 3).padEnd(3, "0"));
  const offset = (offsetHours * 60 + offsetMinutes) * (match[8] === "-" ? -60_000 : 60_000);
  return date.setUTCHours(hours, minutes, seconds, milliseconds) - offset;
}
