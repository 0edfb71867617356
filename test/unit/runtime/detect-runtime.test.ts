import { describe, expect, it } from "vitest";
import { detectRuntime } from "../../../src/runtime/detect-runtime.ts";
import type { HostGlobals } from "../../../src/runtime/host-globals.ts";

const NODE: HostGlobals = { process: { versions: { node: "20.20.2" }, env: { A: "1" } } };

const HOSTS: readonly (readonly [name: string, globals: HostGlobals, background: boolean])[] = [
  ["node/20.20.2", NODE, true],
  ["bun/1.4.5", { ...NODE, Bun: { version: "1.4.5" } }, true],
  [
    "deno/2.9.5",
    { ...NODE, Deno: { version: { deno: "2.9.5" } }, navigator: { userAgent: "Deno/2.9.5" } },
    true,
  ],
  ["workerd", { ...NODE, navigator: { userAgent: "Cloudflare-Workers" } }, false],
  ["workerd", { WebSocketPair: class {} }, false],
  ["edge-light", { process: { env: {} }, EdgeRuntime: "edge-runtime" }, false],
  ["edge-light", { ...NODE, EdgeRuntime: "vercel" }, false],
  ["unknown", {}, false],
  ["unknown", { process: {}, Bun: {}, Deno: {} }, false],
];

describe("detectRuntime()", () => {
  it.each(HOSTS)("recognizes %s", (name, globals, background) => {
    const runtime = detectRuntime(globals);
    expect(runtime).toMatchObject({ name, hasBackground: background });
    expect(runtime.streamInit).toEqual(name.startsWith("bun") ? { timeout: false } : {});
    expect(runtime.requestInit).toEqual(/workerd|unknown/.test(name) ? {} : { cache: "no-store" });
  });

  it("recognizes the runtime of this test", () => {
    expect(detectRuntime().name).toMatch(/^(node|bun|deno)\/\d+\./);
    expect(detectRuntime().hasBackground).toBe(true);
  });

  it("reads the environment at each call, and treats a refusal as an absence", () => {
    expect(detectRuntime(NODE).env("A")).toBe("1");
    expect(detectRuntime(NODE).env("B")).toBeUndefined();
    expect(detectRuntime({}).env("A")).toBeUndefined();
    const asked: string[] = [];
    const deno = {
      Deno: {
        env: {
          get(name: string): string {
            asked.push(name);
            throw new Error("NotCapable: requires env access");
          },
        },
      },
    };
    const runtime = detectRuntime(deno);
    expect(asked).toEqual([]);
    expect(runtime.env("A")).toBeUndefined();
    expect(asked).toEqual(["A"]);
  });

  it.each(["vercel", "next"])("finds the waitUntil of each request in the context of %s", (owner) => {
    const kept: unknown[] = [];
    const context = {
      kept,
      waitUntil(this: { kept: unknown[] }, work: Promise<unknown>): void {
        this.kept.push(work);
      },
    };
    const holder: { current?: typeof context } = {};
    const runtime = detectRuntime(
      { [Symbol.for(`@${owner}/request-context`)]: { get: () => holder.current } } as HostGlobals,
    );
    expect(runtime.waitUntil()).toBeUndefined();
    holder.current = context;
    const work = Promise.resolve();
    runtime.waitUntil()?.(work);
    expect(kept).toEqual([work]);
    expect(detectRuntime({}).waitUntil()).toBeUndefined();
  });
});
