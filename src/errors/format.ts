/** How many characters of a name a message quotes. */
const MAX_LENGTH = 100;

/** A name from outside for a message: in quotes, escaped, at most 100 characters of it. */
export function quote(name: string): string {
  return JSON.stringify(name.length > MAX_LENGTH ? `${name.slice(0, MAX_LENGTH - 1)}…` : name);
}

/** The kind of a value for a message: `a string`, `a list`, `an object`, `null`. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
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
