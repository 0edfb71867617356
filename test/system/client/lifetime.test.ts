import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ChildProcesses, HOSTS } from "../../support/child-processes.ts";
import { Service } from "../../support/service.ts";
import { ServiceSocket } from "../../support/service-socket.ts";
import type { Exchange } from "../../support/service-socket.ts";
import { wireFlag, wireSnapshot } from "../../support/wire.ts";

const SCRIPTS = [
  "drop-handles",
  "close-and-end",
  "poll-and-end",
  "fail-and-end",
  "stream-and-end",
  "stream-beside-another",
  "drain-and-end",
  "inspect-globals",
  "serve-tenants",
];

let children: ChildProcesses;
let socket: ServiceSocket;
const service = new Service({ snapshot: wireSnapshot([wireFlag("dark-mode")]) });

beforeAll(async () => {
  socket = await ServiceSocket.start({ backend: service.fetch, answer: control, keepAlive: true });
  children = await ChildProcesses.of(SCRIPTS.map(pathOf), () => socket.baseUrl);
  // Two copies of the package, as two versions of a dependency bring them.
  for (const copy of ["one", "two"]) await children.bundle("mod.ts", `${copy}.mjs`);
  const hidden = "const WeakRef = undefined, FinalizationRegistry = undefined;";
  await children.bundle(pathOf("live-without-weakref"), "without-weakref.mjs", hidden);
  await writeFile(join(children.directory, "copies.mjs"), COPIES);
}, 120_000);

afterAll(async () => {
  await socket?.refuse();
  await children?.remove();
});

/** What children ask for: `/open` tells how many streams are open, `/change` switches every flag off. */
function control(exchange: Exchange): unknown {
  if (exchange.path === "/open") return exchange.reply(200, {}, String(service.streams));
  return exchange.path === "/change" ? change(exchange) : exchange.pass();
}

function change(exchange: Exchange): void {
  for (const flag of service.snapshot.flags) {
    service.send("flag.updated", { ...flag, enabled: false, version: 2 });
  }
  exchange.reply(200, {}, "");
}

function pathOf(script: string): string {
  return `test/system/client/children/${script}.ts`;
}

const COPIES = `
import * as one from "./one.mjs";
import * as two from "./two.mjs";
const options = { sdkKey: "sdk-copies", baseUrl: process.argv.at(-1) };
const warnings = [];
const logger = { debug() {}, info() {}, error() {}, warn: (message) => warnings.push(message) };
const first = await one.FeatureflipClient.create(options);
const second = new two.FeatureflipClient({ ...options, logger, flushInterval: 1_000 });
const shared = second.isInitialized;
const value = second.variation("dark-mode", {}, false);
second.track("bought", {});
await first.close();
const after = second.variation("dark-mode", {}, false);
await second.close();
const error = await two.FeatureflipClient.create({ mode: "bogus" }).catch((error) => error);
const known = error instanceof one.ConfigurationError && error instanceof one.FeatureflipError &&
  !(error instanceof one.InitializationError) && second instanceof one.FeatureflipClient;
console.log(JSON.stringify({ distinct: one.FeatureflipClient !== two.FeatureflipClient, shared, value, after, known, warnings }));
`;

describe.each(HOSTS)("a process on %s", (host) => {
  const run = (script: string) => children.run(host, pathOf(script));

  it(
    "gives back what a thousand dropped handles held, whatever refers back to them (contract §6)",
    async () => {
      const { result } = await run("drop-handles");
      expect(result).toEqual({
        open: 52,
        armed: true,
        alive: 0,
        dropped: true,
        told: true,
        used: true,
        all: true,
        timers: 0,
        fresh: true,
      });
    },
  );

  it("ends by itself after close(), with streaming and events on (contract §6)", async () => {
    const before = service.events.length;
    const { result, lingered } = await run("close-and-end");
    expect(result).toEqual({ value: true, sent: 2 });
    expect(service.events.length - before).toBe(2);
    expect(lingered, "ms from close() to the end").toBeLessThan(2_000);
  });

  it("ends by itself without close() when it polls (contract §6)", async () => {
    const { result, lingered } = await run("poll-and-end");
    expect(result).toEqual({ value: true });
    expect(lingered, "ms from the last line to the end").toBeLessThan(2_000);
  });

  it("has its events received when it closes at its end (contract §6)", async () => {
    const before = service.events.length;
    const { result, lingered } = await run("drain-and-end");
    expect(result).toEqual({ waiting: 250 });
    expect(service.events.length - before).toBe(250);
    expect(lingered, "ms from the last line to the end").toBeLessThan(2_000);
  });

  it("shows no SDK key when all globals are inspected (contract §1)", async () => {
    const { result } = await run("inspect-globals");
    expect(result).toEqual({ shown: false, reached: true });
  });

  it("survives an initialization that fails unobserved", async () => {
    const { result, lingered } = await run("fail-and-end");
    expect(result).toEqual({ state: "ERROR" });
    expect(lingered).toBeLessThan(2_000);
  });

  it("loses the safety net and nothing else where WeakRef is missing (contract §6)", async () => {
    const before = service.events.length;
    const { result, lingered } = await children.runBundle(host, "without-weakref.mjs");
    expect(result).toEqual({
      missing: ["undefined", "undefined"],
      shared: true,
      value: true,
      after: true,
      fresh: true,
      sent: 4,
    });
    expect(service.events.length - before).toBe(4);
    expect(lingered, "ms from close() to the end").toBeLessThan(2_000);
  });
});

describe("a stream on Node", () => {
  it("lets the process end without close() (contract §6)", async () => {
    const { result, lingered } = await children.run("Node", pathOf("stream-and-end"));
    expect(result).toEqual({ value: true, mode: "streaming" });
    expect(lingered, "ms from the last line to the end").toBeLessThan(2_000);
  });

  it("leaves somebody else's stream from the same place as it is (contract §6)", async () => {
    const { result } = await children.run("Node", pathOf("stream-beside-another"));
    expect(result).toEqual({ mode: "streaming", held: true });
  });
});

describe("an isolate with many SDK keys", () => {
  it("ends 500 of them at a flat heap, however their clients went (contract §6.1)", async () => {
    const { result } = await children.run("Node", pathOf("serve-tenants"));
    const { bytesPerOpenKey, ...ways } = result as {
      readonly bytesPerOpenKey: number;
      readonly [way: string]: number | { readonly served: number; readonly bytesPerKey: number };
    };
    expect(bytesPerOpenKey).toBeGreaterThan(10_000);
    const left = { served: 500, bytesPerKey: expect.any(Number) };
    expect(ways).toEqual({ closed: left, dropped: left, pooled: left });
    for (const [way, counts] of Object.entries(ways)) {
      const { bytesPerKey } = counts as { readonly bytesPerKey: number };
      expect(bytesPerKey, way).toBeLessThan(bytesPerOpenKey / 5);
    }
  });
});

describe("two copies of the package in one process", () => {
  it("share a core (contract §6)", async () => {
    const streams = (): number => service.calls.filter((request) => request.endsWith("/stream")).length;
    const [before, events] = [streams(), service.events.length];
    const { result } = await children.runBundle("Node", "copies.mjs");
    expect(result).toEqual({
      distinct: true,
      shared: true,
      value: true,
      after: true,
      known: true,
      warnings: [expect.stringContaining("flushInterval")],
    });
    expect(streams() - before).toBe(1);
    expect(service.events.length - events).toBe(3);
  });
});
