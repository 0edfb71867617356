/** The most of a name that a message quotes. */
const MAX_LENGTH = 100;

/** A name from outside as it can stand in a message: in quotes, escaped, at most 100 characters of it. */
export function quote(name: string): string {
  return JSON.stringify(name.length > MAX_LENGTH ? `${name.slice(0, MAX_LENGTH - 1)}…` : name);
}
