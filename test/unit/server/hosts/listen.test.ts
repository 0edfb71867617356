import { describe, expect, it } from "vitest";
import { listenOnBun, listenOnDeno } from "../../../../src/server/hosts/listen.ts";
import type { BunHost, DenoHost } from "../../../../src/server/hosts/listen.ts";

const OPTIONS = {
  port: 0,
  hostname: "127.0.0.1",
  fetch: () => Promise.resolve(new Response("ok")),
};

describe("listenOnBun()", () => {
  it("keeps silent streams open, shares no port, and closes open connections", async () => {
    const calls: unknown[] = [];
    const bun: BunHost = {
      serve(options) {
        calls.push(options);
        return { port: 4321, stop: (isForced) => Promise.resolve(void calls.push(isForced)) };
      },
    };
    const listener = listenOnBun(bun, OPTIONS);
    expect(listener.port).toBe(4321);
    expect(calls).toEqual([{ ...OPTIONS, idleTimeout: 0, reusePort: false }]);
    await listener.close();
    expect(calls.at(-1)).toBe(true);
  });
});

describe("listenOnDeno()", () => {
  it("aborts the server at close(), which would otherwise wait for open connections", async () => {
    let isAborted = (): boolean => false;
    const deno: DenoHost = {
      serve({ signal, ...options }, handler) {
        expect(options).toMatchObject({ port: 0, hostname: "127.0.0.1" });
        expect(handler).toBe(OPTIONS.fetch);
        isAborted = () => signal.aborted;
        const finished = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
        return { addr: { port: 4321 }, finished };
      },
    };
    const listener = listenOnDeno(deno, OPTIONS);
    expect(listener.port).toBe(4321);
    expect(isAborted()).toBe(false);
    await listener.close();
    expect(isAborted()).toBe(true);
  });
});
