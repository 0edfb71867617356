/** How many characters of a name a message quotes. */
const MAX_LENGTH = 100;

/** As imported: a test may replace `JSON.stringify` later, and an evaluation that needs a message must not throw (contract §3). */
const { stringify } = JSON;

/** A name from outside for a message: in quotes, escaped, at most 100 characters of it. */
export function quote(name: string): string {
  return printable(stringify(name.length > MAX_LENGTH ? `${name.slice(0, MAX_LENGTH - 1)}…` : name));
}

/**
 * Characters that a terminal or a log viewer may obey instead of showing them: C0 but for tab and line feed, C1, bidi
 * controls, line and paragraph separators.
 */
const CONTROLS =
  // deno-lint-ignore no-control-regex -- these are what must not be printed
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** A text for a terminal or a log: every control character but tab and line feed is escaped. */
export function printable(text: string): string {
  return text.replace(CONTROLS, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The kind of a value for a message: `a string`, `a list`, `an object`, `null`. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/**
 * The message of an error. Of any other thrown value only its type: turning it into text may run code that throws again.
 */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : typeof error;
}

/** Whether a value is an object that is neither `null` nor an array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
