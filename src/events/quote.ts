/** A name as it can stand in a log line: quoted, escaped, at most 100 characters of it. */
export function quote(name: string): string {
  return JSON.stringify(name.slice(0, 100));
}
