import { HTTPException } from "hono/http-exception";

/**
 * What a path names.
 *
 * @throws {HTTPException} 404 when it is not there.
 */
export function found<T>(item: T | undefined, what: string): T {
  if (item === undefined) throw new HTTPException(404, { message: `There is no such ${what}` });
  return item;
}
