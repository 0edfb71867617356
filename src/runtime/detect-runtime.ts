import { createDetach } from "./async-context.ts";
import { createDenoConnections, createNodeConnections, createReleaseStreams } from "./fetch.ts";
import type { HostGlobals } from "./host-globals.ts";
import type { Runtime, WaitUntil } from "./runtime.ts";
import { createScheduler } from "./scheduler.ts";

/** From this version on, Node's `fetch` speaks HTTP/2 over TLS by default; no version before 26 does. */
const FIRST_NODE_WITH_HTTP2 = 25;

/**
 * Detects the runtime; no other code does. It reads globals only: no I/O, no timers, no random numbers, so it may run in a
 * Worker's global scope.
 *
 * An unknown runtime counts as request-scoped (contract §6.1): updates on demand work everywhere, a stream does not.
 *
 * @param globals The globals to read; `globalThis` by default.
 */
export function detectRuntime(globals: HostGlobals = globalThis as HostGlobals): Runtime {
  const [host, version] = recognize(globals);
  const hasBackground = version !== undefined;
  return {
    name: hasBackground ? `${host}/${version}` : host,
    hasBackground,
    // Frameworks that patch `fetch` (Next.js) cache responses indefinitely without this option. workerd throws an error for
    // it before compatibility date 2024-11-11, and caches nothing anyway.
    requestInit: hasBackground || host === "edge-light" ? { cache: "no-store" } : {},
    // Bun ends a response after 300 s without data, unless this is set. The liveness check is stricter (contract §4).
    streamInit: host === "bun" ? { timeout: false } as RequestInit : {},
    openConnections: host === "deno"
      ? createDenoConnections(globals)
      : host === "node" && parseInt(version!) >= FIRST_NODE_WITH_HTTP2
      ? createNodeConnections(globals)
      : undefined,
    releaseStreams: host === "node" ? createReleaseStreams(globals) : undefined,
    scheduler: createScheduler(globals, hasBackground ? createDetach(globals) : undefined),
    env: (variable) => readEnv(variable, globals),
    waitUntil: () => requestWaitUntil(globals),
  };
}

/**
 * The runtime, and its version if it has a background; all runtimes with one have a version. The order
 * matters: runtimes define each other's globals (`process` exists nearly everywhere).
 */
function recognize(globals: HostGlobals): [host: string, version?: string] {
  const { Bun, Deno, EdgeRuntime, navigator, WebSocketPair } = globals;
  if (EdgeRuntime !== undefined) return ["edge-light"];
  if (navigator?.userAgent === "Cloudflare-Workers" || WebSocketPair !== undefined) return ["workerd"];
  if (Deno?.version?.deno) return ["deno", Deno.version.deno];
  if (Bun?.version) return ["bun", Bun.version];
  // Read last: on Deno it loads the compatibility with Node, which takes longer than anything else at a start.
  const node = globals.process?.versions?.node;
  return node ? ["node", node] : ["unknown"];
}

/** Reads an environment variable; `undefined` when it is not set, or Deno has no permission to read it. */
function readEnv(name: string, globals: HostGlobals): string | undefined {
  try {
    return globals.Deno?.env ? globals.Deno.env.get(name) : globals.process?.env?.[name];
  } catch {
    return undefined;
  }
}

/**
 * Where Vercel, and Next.js on other hosts, keep the context of the current request. Two constants, not a list: every event
 * looks them up, and engines remember where a constant name is found (bench: events-all).
 */
const VERCEL_CONTEXT = Symbol.for("@vercel/request-context");
const NEXT_CONTEXT = Symbol.for("@next/request-context");

interface RequestContextHolder {
  get?(): { waitUntil?: WaitUntil } | undefined;
}

/**
 * The `waitUntil` of the current request, where the platform provides it without an import: on Vercel (Node, Bun and Edge
 * runtimes), and on the Edge runtime of `next start`.
 */
function requestWaitUntil(globals: object): WaitUntil | undefined {
  const holders = globals as Readonly<Record<symbol, RequestContextHolder | undefined>>;
  const vercel = holders[VERCEL_CONTEXT]?.get?.();
  const context = vercel?.waitUntil ? vercel : holders[NEXT_CONTEXT]?.get?.();
  return context?.waitUntil && ((work) => context.waitUntil?.(work));
}
