import { describe, expect, it } from "vitest";
import { listenOnBun, listenOnDeno } from "../../../../src/server/hosts/listen.ts";
import type { BunHost, DenoHost } from "../../../../src/server/hosts/listen.ts";

const OPTIONS = {
  port: 0,
  hostname: "127.0.0.1",
  fetch: (request: Request) =>
    Promise.resolve(
      new Response("ok", {
        headers: { "content-type": request.url.endsWith("stream") ? "text/event-stream" : "text/plain" },
      }),
    ),
};
const TLS = { cert: "certificate", key: "private key" };

describe("listenOnBun()", () => {
  function listen(tls?: typeof TLS): { calls: unknown[]; options: Parameters<BunHost["serve"]>[0] } {
    const calls: unknown[] = [];
    let given: Parameters<BunHost["serve"]>[0];
    const listener = listenOnBun({
      serve(options) {
        given = options;
        return {
          port: 4321,
          timeout: (request, seconds) => void calls.push([request.url, seconds]),
          stop: (isForced) => Promise.resolve(void calls.push(isForced)),
        };
      },
    }, { ...OPTIONS, tls });
    expect(listener.port).toBe(4321);
    void listener.close();
    return { calls, options: given! };
  }

  it("shares no port, ends idle connections, and closes open ones", () => {
    const { calls, options } = listen();
    expect(options).toMatchObject({ port: 0, hostname: "127.0.0.1", idleTimeout: 35, reusePort: false });
    expect("tls" in options).toBe(false);
    expect(calls).toEqual([true]);
    expect(listen(TLS).options.tls).toEqual(TLS);
  });

  it("passes itself on, which knows the address of a caller", async () => {
    let passed: unknown;
    const bun: BunHost = {
      serve(options) {
        const server = { port: 1, timeout() {}, stop: () => Promise.resolve() };
        void options.fetch(new Request("http://localhost/"), server);
        expect(passed).toBe(server);
        return server;
      },
    };
    const fetch = (_request: Request, host?: object): Promise<Response> => {
      passed = host;
      return Promise.resolve(new Response());
    };
    await listenOnBun(bun, { ...OPTIONS, fetch }).close();
  });

  it("gives a request without a host a whole URL", async () => {
    const seen: string[] = [];
    const server = { port: 1, timeout() {}, stop: () => Promise.resolve() };
    const fetch = (request: Request): Promise<Response> => {
      seen.push(`${request.method} ${request.url} ${request.headers.get("x-probe")}`);
      return Promise.resolve(new Response());
    };
    const bun: BunHost = {
      serve(options) {
        for (const path of ["/ready?now", "//ready"]) {
          const request = new Request("http://localhost/", { method: "HEAD", headers: { "x-probe": "yes" } });
          Object.defineProperty(request, "url", { value: path });
          void options.fetch(request, server);
        }
        return server;
      },
    };
    await listenOnBun(bun, { ...OPTIONS, fetch }).close();
    expect(seen).toEqual(["HEAD http://localhost/ready?now yes", "HEAD http://localhost//ready yes"]);
  });

  it("lets streams alone be silent (contract §9)", async () => {
    const { calls, options: { fetch } } = listen();
    const server = { port: 0, timeout: (request: Request) => void calls.push(request.url) } as never;
    for (const path of ["stream", "flags"]) await fetch(new Request(`http://localhost/${path}`), server);
    expect(calls.slice(1)).toEqual(["http://localhost/stream"]);
  });
});

describe("listenOnDeno()", () => {
  it("aborts the server at close(), which would otherwise wait for open connections", async () => {
    let isAborted = (): boolean => false;
    let given: unknown;
    const deno: DenoHost = {
      serve({ signal, ...options }, handler) {
        given = options;
        expect(handler).toBe(OPTIONS.fetch);
        isAborted = () => signal.aborted;
        const finished = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
        return { addr: { port: 4321 }, finished };
      },
    };
    const listener = listenOnDeno(deno, OPTIONS);
    expect(given).toEqual({
      port: 0,
      hostname: "127.0.0.1",
      onListen: expect.any(Function),
      onError: expect.any(Function),
    });
    expect((given as Parameters<DenoHost["serve"]>[0]).onError(undefined).status, "prints nothing").toBe(500);
    expect(listener.port).toBe(4321);
    expect(isAborted()).toBe(false);
    await listener.close();
    expect(isAborted()).toBe(true);
    await listenOnDeno(deno, { ...OPTIONS, tls: TLS }).close();
    expect(given).toMatchObject(TLS);
  });
});
