import { HTTPException } from "hono/http-exception";
import { problem } from "./problem.ts";

/** The refusal of what can be had a little later; `retryAfter` in seconds. */
export function unavailable(detail: string, retryAfter: number): HTTPException {
  return new HTTPException(503, { res: problem(503, detail, { "retry-after": String(retryAfter) }) });
}
