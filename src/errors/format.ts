/** The most of a name that a message quotes. */
const MAX_LENGTH = 100;

/** A name from outside as it can stand in a message: in quotes, escaped, at most 100 characters of it. */
export function quote(name: string): string {
  return JSON.stringify(name.length > MAX_LENGTH ? `${name.slice(0, MAX_LENGTH - 1)}…` : name);
}

/** What a value is, as messages have it: `a string`, `a list`, `an object`, `null`. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** What an error says; of anything else that is thrown, its type, since its text may take code that throws again. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : typeof error;
}
