import { createReleaseStreams } from "./release-streams.ts";
import type { Runtime, WaitUntil } from "./runtime.ts";
import { createScheduler } from "./scheduler.ts";

/**
 * Finds out where we are; the only place that does. It looks at globals alone: no I/O, no timer, no chance, so it may run
 * in a Worker's global scope.
 *
 * A place that nobody here has heard of counts as one where a request is all there is (contract §6.1): on-demand
 * updates work everywhere, a stream does not.
 *
 * @param globals Where to look; `globalThis` by default.
 */
export function detectRuntime(globals: HostGlobals = globalThis as HostGlobals): Runtime {
  const name = recognize(globals);
  const [host, version] = name.split("/");
  const hasBackground = version !== undefined;
  return {
    name,
    hasBackground,
    // Frameworks that patch `fetch` (Next.js) keep answers for ever unless told not to. workerd throws at the option
    // before compatibility date 2024-11-11, and caches nothing anyway.
    requestInit: hasBackground || name === "edge-light" ? { cache: "no-store" } : {},
    // Bun ends a response that is silent for 300 s; only this lifts the limit. Our own watchdog is stricter.
    streamInit: host === "bun" ? { timeout: false } as RequestInit : {},
    releaseStreams: host === "node" ? createReleaseStreams(globals) : undefined,
    scheduler: createScheduler(globals),
    env: (variable) => readEnv(variable, globals),
    waitUntil: () => requestWaitUntil(globals),
  };
}

/**
 * Names the place; a version tells one with a background, which all that have one know. The order matters: hosts put on
 * each other's globals (`process` is nearly everywhere).
 */
function recognize({ Bun, Deno, EdgeRuntime, process, navigator, WebSocketPair }: HostGlobals): string {
  if (EdgeRuntime !== undefined) return "edge-light";
  if (navigator?.userAgent === "Cloudflare-Workers" || WebSocketPair !== undefined) return "workerd";
  if (Deno?.version?.deno) return `deno/${Deno.version.deno}`;
  if (Bun?.version) return `bun/${Bun.version}`;
  if (process?.versions?.node) return `node/${process.versions.node}`;
  return "unknown";
}

/** What a host may hang on `globalThis`, as far as we ask for it; all of it may be missing, and is asked for when used. */
export interface HostGlobals {
  readonly Bun?: { readonly version?: string };
  readonly Deno?: {
    readonly version?: { readonly deno?: string };
    readonly env?: { get(name: string): string | undefined };
    unrefTimer?(id: number): void;
  };
  readonly process?: {
    readonly versions?: { readonly node?: string };
    readonly env?: Readonly<Record<string, string | undefined>>;
    getBuiltinModule?(name: string): unknown;
  };
  readonly navigator?: { readonly userAgent?: string };
  readonly EdgeRuntime?: unknown;
  readonly WebSocketPair?: unknown;
}

/** Reads an environment variable; `undefined` where there is none, or where Deno was not allowed to tell. */
export function readEnv(name: string, globals: HostGlobals): string | undefined {
  try {
    return globals.Deno?.env ? globals.Deno.env.get(name) : globals.process?.env?.[name];
  } catch {
    return undefined;
  }
}

const REQUEST_CONTEXT = Symbol.for("@vercel/request-context");

interface RequestContextHolder {
  readonly [REQUEST_CONTEXT]?: { get?(): { waitUntil?: WaitUntil } | undefined };
}

/**
 * The `waitUntil` of the request under way, where the platform lets it be found without an import: Vercel, on its Node,
 * Bun and Edge runtimes alike.
 */
export function requestWaitUntil(globals: object): WaitUntil | undefined {
  const context = (globals as RequestContextHolder)[REQUEST_CONTEXT]?.get?.();
  return context?.waitUntil && ((work) => context.waitUntil?.(work));
}
