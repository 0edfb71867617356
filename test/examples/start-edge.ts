import { EdgeVM } from "@edge-runtime/vm";
import { bundle } from "./bundle.ts";
import type { RunningExample } from "./running-example.ts";

const ENTRY = `
import handler from "example";
addEventListener("fetch", (event) => { requests++; event.respondWith(handler(event.request)); });
`;

/** Starts the function in an Edge VM, with what Vercel adds to it: the environment, and the request's `waitUntil`. */
export async function startEdge(env: Readonly<Record<string, string>>): Promise<RunningExample> {
  const pending: Promise<unknown>[] = [];
  const requestContext = { get: () => ({ waitUntil: (work: Promise<unknown>) => void pending.push(work) }) };
  const vm = new EdgeVM({
    codeGeneration: { strings: false, wasm: false },
    extend: (context) =>
      Object.assign(context, {
        process: { env },
        [Symbol.for("@vercel/request-context")]: requestContext,
      }),
  });
  vm.evaluate(
    await bundle(ENTRY, "examples/vercel-edge/api/theme.ts", { format: "iife", condition: "edge-light" }),
  );
  async function themeOf(user: string): Promise<string> {
    const response = await vm.dispatchFetch(`http://edge/?user=${user}`);
    return await response.text();
  }
  return {
    themeOf,
    // What goes on behind the last response sends the events.
    stop: async () => void await Promise.all(pending),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
