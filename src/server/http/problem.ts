import type { Hono } from "hono";
import { HTTPException } from "hono/http-exception";

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Content Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** An answer that tells what is wrong, as problem details (contract §1, RFC 9457). */
export function problem(status: number, detail: string, headers: Record<string, string> = {}): Response {
  return Response.json({ type: "about:blank", title: TITLES[status], status, detail }, {
    status,
    headers: { ...headers, "content-type": "application/problem+json" },
  });
}

/**
 * What a path names.
 *
 * @throws {HTTPException} 404 when it is not there.
 */
export function found<T>(item: T | undefined, what: string): T {
  if (item === undefined) throw new HTTPException(404, { message: `There is no such ${what}` });
  return item;
}

/** The refusal of what can be had a little later; `retryAfter` in seconds. */
export function unavailable(detail: string, retryAfter: number): HTTPException {
  return new HTTPException(503, { res: problem(503, detail, { "retry-after": String(retryAfter) }) });
}

/** Answers 405 to every method that the routes before it did not take; `methods` gives the allowed ones by path. */
export function refuseOtherMethods(app: Hono, methods: Readonly<Record<string, string>>): void {
  for (const [path, allow] of Object.entries(methods)) {
    app.all(path, (c) => problem(405, `${c.req.method} is not allowed here`, { allow }));
  }
}
