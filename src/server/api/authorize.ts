import type { MiddlewareHandler } from "hono";
import { problem } from "../http/problem.ts";

const encoder = new TextEncoder();

/**
 * Lets a request pass that carries one of these secrets in `Authorization`, alone or after `Bearer` (contract §1).
 *
 * Digests are compared, all of them and to their end: how long that takes tells nothing about a secret.
 *
 * @param secrets Gives what is accepted; asked at the first request, since a Worker makes no random token before.
 * @param what What the answer calls the secret.
 */
export function authorize(secrets: () => readonly string[], what: string): MiddlewareHandler {
  let accepted: readonly Uint8Array[] | undefined;
  return async (context, next) => {
    accepted ??= await Promise.all(secrets().map(digest));
    const given = context.req.header("authorization")?.replace(/^Bearer /i, "").trim() ?? "";
    if (isAmong(accepted, await digest(given))) return next();
    const detail = given === "" ? `The ${what} is missing` : `The ${what} is not known here`;
    return problem(401, detail, { "www-authenticate": "Bearer" });
  };
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}

function isAmong(accepted: readonly Uint8Array[], given: Uint8Array): boolean {
  let found = false;
  for (const digest of accepted) {
    let difference = 0;
    for (const [index, byte] of digest.entries()) difference |= byte ^ given[index]!;
    if (difference === 0) found = true;
  }
  return found;
}
