import type { Hono } from "hono";
import { HTTPException } from "hono/http-exception";

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  421: "Misdirected Request",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** Creates an error response with problem details (contract §1, RFC 9457). */
export function problem(status: number, detail: string, headers: Record<string, string> = {}): Response {
  return Response.json({ type: "about:blank", title: TITLES[status], status, detail }, {
    status,
    headers: { ...headers, "content-type": "application/problem+json" },
  });
}

/**
 * Returns the flag or segment that a path names.
 *
 * @param what The name of its kind, for the answer.
 * @throws {HTTPException} 404 when it does not exist.
 */
export function orNotFound<T>(item: T | undefined, what: string): T {
  if (item === undefined) throw new HTTPException(404, { message: `No such ${what}` });
  return item;
}

/** Creates the exception for a 503 answer, or for another status; `retryAfter` in seconds. */
export function unavailable(detail: string, retryAfter: number, status: 429 | 503 = 503): HTTPException {
  return new HTTPException(status, { res: problem(status, detail, { "retry-after": String(retryAfter) }) });
}

/** Answers 405 to every method that no earlier route handles; `methods` lists the allowed ones by path. */
export function refuseOtherMethods(app: Hono, methods: Readonly<Record<string, string>>): void {
  for (const [path, allow] of Object.entries(methods)) {
    app.all(path, (c) => problem(405, `Method ${c.req.method} not allowed`, { allow }));
  }
}
