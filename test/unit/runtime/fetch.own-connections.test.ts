import { describe, expect, it } from "vitest";
import type { HostGlobals } from "../../../src/runtime/host-globals.ts";
import { createDenoConnections, createNodeConnections } from "../../../src/runtime/fetch.ts";

describe("createDenoConnections() (contract §1)", () => {
  it("opens a client without HTTP/2, and closes it", () => {
    const calls: unknown[] = [];
    const client = { close: () => void calls.push("closed") };
    const Deno = {
      createHttpClient(options: unknown) {
        calls.push(options);
        return client;
      },
    };
    const connections = createDenoConnections({ Deno })();
    expect(connections?.init).toEqual({ client });
    connections?.close();
    expect(calls).toEqual([{ http2: false }, "closed"]);
  });

  it("opens none where Deno does not offer it", () => {
    expect(createDenoConnections({ Deno: {} })()).toBeUndefined();
    const createHttpClient = (): never => {
      throw new Error("not allowed");
    };
    expect(createDenoConnections({ Deno: { createHttpClient } })()).toBeUndefined();
  });
});

const SYMBOL = Symbol.for("undici.globalDispatcher.2");

/** Globals of a Node whose undici throws from `place`. */
function nodeWith(place: string, name = "Agent", source = "require('internal/deps/undici/undici')") {
  const created: object[] = [];
  let destroyed = 0;
  const Dispatcher = {
    [name]: class {
      constructor(options: { factory?: unknown }) {
        if (options.factory !== undefined) {
          throw Object.assign(new Error("factory must be a function"), {
            stack:
              `Error: factory must be a function.\n    at new Agent (${place}:9:17)\n    at file:///app.js`,
          });
        }
        created.push(options);
      }
      destroy() {
        destroyed++;
        return Promise.reject(new Error("never mind"));
      }
    },
  }[name]!;
  const dispatcher = new Dispatcher({});
  created.length = 0;
  const fetch = Object.assign(() => {}, { toString: () => source });
  const globals = { fetch, Headers, [SYMBOL]: dispatcher } as unknown as HostGlobals;
  return { globals, created, destroyed: () => destroyed };
}

describe("createNodeConnections() (contract §1)", () => {
  it("opens an agent without HTTP/2 beside Node's own, and destroys it", () => {
    const { globals, created, destroyed } = nodeWith("node:internal/deps/undici/undici");
    const connections = createNodeConnections(globals)();
    expect(created).toEqual([{ allowH2: false }]);
    expect(connections?.init).toHaveProperty("dispatcher");
    connections?.close();
    expect(destroyed()).toBe(1);
  });

  it.each([
    { env: { NODE_USE_ENV_PROXY: "1" } },
    { env: { NODE_OPTIONS: "--no-warnings --use-env-proxy" } },
    { env: {}, execArgv: ["--no-warnings", "--use-env-proxy"] },
  ])("opens an agent for the proxies of the environment, without HTTP/2: %j", (process) => {
    const node = nodeWith("node:internal/deps/undici/undici", "EnvHttpProxyAgent");
    const connections = createNodeConnections({ ...node.globals, process })();
    expect(node.created).toEqual([{ allowH2: false }]);
    expect(connections?.init).toHaveProperty("dispatcher");
  });

  it.each([
    ["a dispatcher of a package", nodeWith("file:///app/node_modules/undici/lib/dispatcher/agent.js")],
    [
      "proxies that the application has set",
      nodeWith("node:internal/deps/undici/undici", "EnvHttpProxyAgent"),
    ],
    ["a fetch that was replaced", nodeWith("node:internal/deps/undici/undici", "Agent", "() => mock()")],
  ])("leaves %s in force", (_, { globals, created }) => {
    expect(createNodeConnections(globals)()).toBeUndefined();
    expect(created).toEqual([]);
  });

  it("uses a dispatcher that the application sets later", () => {
    const { globals } = nodeWith("node:internal/deps/undici/undici");
    const connections = createNodeConnections(globals)();
    Object.assign(globals, { [SYMBOL]: {} });
    expect(connections?.init).toEqual({});
  });

  it("opens none on a Node that has no dispatcher", () => {
    expect(createNodeConnections({})()).toBeUndefined();
    const { fetch } = nodeWith("").globals as { fetch?: unknown };
    expect(createNodeConnections({ fetch, Headers } as unknown as HostGlobals)()).toBeUndefined();
  });
});
