import type { WaitUntil } from "./runtime.ts";

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
