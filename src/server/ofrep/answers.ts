/** Ends a request with a response. */
export class Refusal extends Error {
  readonly response: Response;

  constructor(status: number, body: object, headers: Record<string, string> = {}) {
    super(`refused with ${status}`);
    this.response = Response.json(body, { status, headers });
  }
}

/** The body of an answer that is about no flag. */
export function problem(errorDetails: string): object {
  return { errorDetails };
}

export function notFound(): Refusal {
  return new Refusal(404, problem("Not found"));
}

export function unauthorized(detail: string): Refusal {
  return new Refusal(401, problem(detail), { "www-authenticate": "Bearer" });
}

/** A response with JSON, as a text or in UTF-8. */
export function jsonResponse(
  json: string | Uint8Array<ArrayBuffer>,
  status: number,
  headers: Record<string, string>,
): Response {
  return new Response(json, { status, headers: { ...headers, "content-type": "application/json" } });
}

/** Adds headers to a response. */
export function withHeaders(response: Response, headers: Readonly<Record<string, string>>): Response {
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}
