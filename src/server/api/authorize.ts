import type { Context, MiddlewareHandler } from "hono";
import { problem } from "../http/problem.ts";

const encoder = new TextEncoder();

/** The name under which {@linkcode authorize} passes the position of the secret on. */
const KEY = "key";

/** The position of a request's secret among the accepted ones; after {@linkcode authorize}. */
export function keyOf(context: Context): number {
  return context.get(KEY) as number;
}

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
    const key = indexOfDigest(accepted, await digest(given));
    if (key >= 0) {
      context.set(KEY, key);
      return next();
    }
    const detail = given === "" ? `The ${what} is missing` : `The ${what} is unknown`;
    return problem(401, detail, { "www-authenticate": "Bearer" });
  };
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}

function indexOfDigest(accepted: readonly Uint8Array[], given: Uint8Array): number {
  let found = -1;
  for (const [position, digest] of accepted.entries()) {
    let difference = 0;
    for (const [index, byte] of digest.entries()) difference |= byte ^ given[index]!;
    if (difference === 0) found = position;
  }
  return found;
}

/**
 * Refuses requests from foreign web pages. A page can make its own host name resolve to this machine (DNS rebinding);
 * `Host` then carries that name. A page of another origin can send requests here; `Origin` then names that page.
 *
 * @param hosts The host names that this API serves; one without a port stands for every port.
 */
export function checkHost(hosts: readonly string[]): MiddlewareHandler {
  const allowed = new Set(hosts.map((host) => host.toLowerCase()));
  return async ({ req }, next) => {
    const host = hostOf(`http://${req.header("host") ?? new URL(req.url).host}`);
    if (host === undefined || !(allowed.has(host.host) || allowed.has(host.hostname))) {
      return problem(403, "The host in the Host header is not served by this API");
    }
    const origin = req.header("origin");
    if (origin !== undefined && hostOf(origin)?.host !== host.host) {
      return problem(403, "Requests from pages of other origins are not allowed");
    }
    return await next();
  };
}

function hostOf(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}
