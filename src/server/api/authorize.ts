import type { Context, MiddlewareHandler } from "hono";
import type { Logger } from "../../runtime/logger.ts";
import { createOnce } from "../../runtime/once.ts";
import { problem } from "../http/problem.ts";

const encoder = new TextEncoder();

/** The longest name of a host that is logged: that of the longest domain, and a port. */
const MAX_HOST_LENGTH = 260;

/** The name under which {@linkcode authorize} passes the position of the secret on. */
const KEY = "key";

/** The position of a request's secret among the accepted ones; after {@linkcode authorize}. */
export function keyOf(context: Context): number {
  return context.get(KEY) as number;
}

/**
 * The secrets of which a request must carry one in `Authorization`, alone or after `Bearer` (contract §1).
 *
 * Digests are compared in constant time, so that the duration reveals nothing about a secret.
 */
export class Secrets {
  readonly #list: () => readonly string[];
  #digests: readonly Uint8Array[] | undefined;

  /** `list` is called at the first request, since a Worker cannot create a random token earlier. */
  constructor(list: () => readonly string[]) {
    this.#list = list;
  }

  /** Returns the position of a request's secret, -1 for an unknown one. */
  async find({ req }: Context): Promise<number> {
    this.#digests ??= await Promise.all(this.#list().map(digest));
    return indexOfDigest(this.#digests, await digest(secretOf(req)));
  }
}

/** Names a key by the first 8 hexadecimal digits of its SHA-256. */
export async function nameOfKey(key: string): Promise<string> {
  const bytes = (await digest(key)).subarray(0, 4);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Accepts requests that carry one of these secrets.
 *
 * @param what The name of the secret, for the answer.
 */
export function authorize(secrets: Secrets, what: string): MiddlewareHandler {
  return async (context, next) => {
    const key = await secrets.find(context);
    if (key >= 0) {
      context.set(KEY, key);
      return next();
    }
    const detail = secretOf(context.req) === "" ? `The ${what} is missing` : `The ${what} is unknown`;
    return problem(401, detail, { "www-authenticate": "Bearer" });
  };
}

function secretOf(request: Context["req"]): string {
  return request.header("authorization")?.replace(/^Bearer /i, "").trim() ?? "";
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

/** The paths of OFREP. */
export const OFREP_PATH = "/ofrep/";

/**
 * Refuses requests from foreign web pages. A page can make its own host name resolve to this machine (DNS rebinding);
 * `Host` then carries that name. A page of another origin can send requests here; `Origin` then names that page.
 *
 * An unserved host is answered 421, not 403, which clients treat as a rejected SDK key (contract §9). It may come from a
 * proxy, so it is logged.
 *
 * @param hosts The host names that this API serves; one without a port stands for every port.
 */
export function checkHost(hosts: readonly string[], logger: Logger): MiddlewareHandler {
  const allowed = new Set(hosts.map((host) => host.toLowerCase()));
  const isFirst = createOnce({ limit: 20 });
  return async ({ req }, next) => {
    const host = hostOf(`http://${req.header("host") ?? new URL(req.url).host}`);
    if (host === undefined || !(allowed.has(host.host) || allowed.has(host.hostname))) {
      const name = (req.header("host") ?? "").slice(0, MAX_HOST_LENGTH);
      if (isFirst(name)) {
        logger.warn(
          `Request refused: host ${
            JSON.stringify(name)
          } is not served. If it is a name of this server, add it to ` +
            "option 'hosts' (featureflip dev: --allow-host)",
        );
      }
      return problem(421, "The host in the Host header is not served by this API");
    }
    const origin = req.header("origin");
    // OFREP is for pages, and has a list of origins of its own.
    if (req.path.startsWith(OFREP_PATH)) return await next();
    if (origin !== undefined && hostOf(origin)?.host !== host.host) {
      return problem(403, "Requests from pages of other origins are not allowed");
    }
    return await next();
  };
}

/** Returns the URL of an origin; `undefined` for other texts, such as a host with a user name. */
function hostOf(origin: string): URL | undefined {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  return url?.href === `${url?.origin}/` ? url : undefined;
}
