import type { MiddlewareHandler } from "hono";
import { problem } from "../http/problem.ts";

/**
 * Keeps web pages out. A page can make a name of its own point at this machine (DNS rebinding): then `Host` carries that
 * name. A page elsewhere can send requests here: then `Origin` names that page.
 *
 * @param hosts The names under which this API is reached; one without a port stands for every port.
 */
export function checkHost(hosts: readonly string[]): MiddlewareHandler {
  const allowed = new Set(hosts.map((host) => host.toLowerCase()));
  return async ({ req }, next) => {
    const host = hostOf(`http://${req.header("host") ?? new URL(req.url).host}`);
    if (host === undefined || !(allowed.has(host.host) || allowed.has(host.hostname))) {
      return problem(403, "This API is not reached under the name that the Host header gives");
    }
    const origin = req.header("origin");
    if (origin !== undefined && hostOf(origin)?.host !== host.host) {
      return problem(403, "Pages of other origins have no access");
    }
    return await next();
  };
}

function hostOf(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}
