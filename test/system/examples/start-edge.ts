import { EdgeVM } from "@edge-runtime/vm";
import { bundle } from "./bundle.ts";
import type { RunningExample } from "./running-example.ts";

/** An instance of a function. */
export interface RunningFunction extends RunningExample {
  /** How often it has asked the service for all flags. */
  readonly fetches: number;
}

const ENTRY = `
import handler from "example";
addEventListener("fetch", (event) => { requests++; event.respondWith(handler(event.request)); });
`;

/** Starts a function in an Edge VM, with what Vercel adds to it: the environment, and the request's `waitUntil`. */
export async function startEdge(
  path: string,
  env: Readonly<Record<string, string>>,
): Promise<RunningFunction> {
  const pending: Promise<unknown>[] = [];
  const requestContext = { get: () => ({ waitUntil: (work: Promise<unknown>) => void pending.push(work) }) };
  let fetches = 0;
  const vm = new EdgeVM({
    codeGeneration: { strings: false, wasm: false },
    extend(context) {
      const { fetch } = context;
      return Object.assign(context, {
        process: { env },
        [Symbol.for("@vercel/request-context")]: requestContext,
        fetch(...[input, init]: Parameters<typeof fetch>) {
          if (String(input).endsWith("/v1/sdk/flags")) fetches++;
          return fetch(input, init);
        },
      });
    },
  });
  vm.evaluate(await bundle(ENTRY, path, { format: "iife", condition: "edge-light" }));
  async function themeOf(user: string): Promise<string> {
    const response = await vm.dispatchFetch(`http://edge/?user=${user}`);
    return await response.text();
  }
  return {
    themeOf,
    get fetches() {
      return fetches;
    },
    // What goes on behind the last response sends the events.
    stop: async () => void await Promise.all(pending),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
