import type { MiddlewareHandler } from "hono";
import { problem } from "../http/problem.ts";

const encoder = new TextEncoder();

/**
 * Accepts requests that carry one of these secrets in `Authorization`, alone or after `Bearer` (contract §1).
 *
 * Digests are compared in constant time, so that the duration reveals nothing about a secret.
 *
 * @param secrets Returns the accepted secrets; called at the first request, since a Worker cannot create a random token earlier.
 * @param what The name of the secret, for the answer.
 */
export function authorize(secrets: () => readonly string[], what: string): MiddlewareHandler {
  let accepted: readonly Uint8Array[] | undefined;
  return async (context, next) => {
    accepted ??= await Promise.all(secrets().map(digest));
    const given = context.req.header("authorization")?.replace(/^Bearer /i, "").trim() ?? "";
    if (includesDigest(accepted, await digest(given))) return next();
    const detail = given === "" ? `The ${what} is missing` : `The ${what} is unknown`;
    return problem(401, detail, { "www-authenticate": "Bearer" });
  };
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}

function includesDigest(accepted: readonly Uint8Array[], given: Uint8Array): boolean {
  let found = false;
  for (const digest of accepted) {
    let difference = 0;
    for (const [index, byte] of digest.entries()) difference |= byte ^ given[index]!;
    if (difference === 0) found = true;
  }
  return found;
}
