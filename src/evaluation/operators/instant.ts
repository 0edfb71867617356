import { EARLIEST_INSTANT_MS, LATEST_INSTANT_MS } from "../../contract/limits.ts";
import { noteUnreadable } from "../context-notes.ts";
import type { Scalar } from "../evaluation-context.ts";
import { highest, lowest, operator } from "./operator.ts";
import type { Operator } from "./operator.ts";

const UNIX_SECONDS = /^[\t-\r ]*[+-]?\d+[\t-\r ]*$/;
// The date, the time, its seconds and fraction, and the hours and minutes of the offset.
const ISO_DATE =
  /^[\t-\r ]*(\d{4}-\d\d-\d\d)(?:[T ]((?:[01]\d|2[0-3]):[0-5]\d)(?::([0-5]\d))?(?:\.(\d+))?(?:Z|([+-](?:[01]\d|2[0-3])):?([0-5]\d))?)?[\t-\r ]*$/;

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
  const instant = UNIX_SECONDS.test(text) ? Number(text) * 1000 : parseIsoDate(text);
  return instant >= EARLIEST_INSTANT_MS && instant <= LATEST_INSTANT_MS ? instant : NaN;
}

/** The host's own parser reads the date once it is written as ECMAScript specifies, with nothing left out. */
function parseIsoDate(text: string): number {
  const [
    ,
    date = "",
    time = "00:00",
    seconds = "00",
    fraction = "",
    offsetHours = "+00",
    offsetMinutes = "00",
  ] = ISO_DATE.exec(text) ?? [];
  // Some hosts take the 30th of February for a day in March.
  if (new Date(date).getUTCDate() !== Number(date.slice(-2))) return NaN;
  const milliseconds = fraction.slice(0, 3).padEnd(3, "0");
  return Date.parse(`${date}T${time}:${seconds}.${milliseconds}${offsetHours}:${offsetMinutes}`);
}
