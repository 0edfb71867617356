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
