import type { MiddlewareHandler } from "hono";
import { problem } from "../http/problem.ts";

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
