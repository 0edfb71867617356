/**
 * Imports, makes and starts clients inside of a request, and says which of the client's work ran in that request's
 * `AsyncLocalStorage` context, and whether what the request held was collected.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { collectUntil, lastWord, origin } from "./host.ts";

interface Request {
  readonly name: string;
  readonly body: Uint8Array;
}

const requests = new AsyncLocalStorage<Request>();
const context = (): string => requests.getStore()?.name ?? "none";

/** What was seen of each kind of work: the contexts that it ran in. */
const seen = new Map<string, Set<string>>();
const counts = new Map<string, number>();

function see(kind: string): void {
  seen.set(kind, (seen.get(kind) ?? new Set()).add(context()));
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
}

const logger = { debug() {}, info() {}, warn() {}, error() {} };

type Client = import("../../../../src/client/client.ts").FeatureflipClient;
type Fetch = import("../../../../src/runtime/fetch.ts").Fetch;

const watched = (name: string): Fetch => (url, init) => {
  see(`${name} ${new URL(url).pathname.slice("/v1/sdk".length)}`);
  return fetch(url, init);
};

let client!: Client;
let poller!: Client;
let lazy!: Client;
const held: WeakRef<Request>[] = [];

async function runRequest(name: string, handle: () => Promise<void>): Promise<void> {
  const request = { name, body: new Uint8Array(20e6) };
  held.push(new WeakRef(request));
  await requests.run(request, handle);
}

/** The first request of this process loads the package, as a framework loads the module of a route. */
await runRequest("first", async () => {
  const { FeatureflipClient } = await import("../../../../src/client/client.ts");
  poller = new FeatureflipClient({
    sdkKey: "sdk-poller",
    baseUrl: origin,
    logger,
    mode: "polling",
    pollInterval: 1_000,
    fetch: watched("poll"),
  });
  await poller.waitForInitialization();
  lazy = new FeatureflipClient({
    sdkKey: "sdk-lazy",
    baseUrl: origin,
    logger,
    mode: "lazy",
    maxAge: 1,
    sendEvents: false,
    fetch: watched("lazy"),
  });
  await lazy.waitForInitialization();
});
await runRequest("second", async () => {
  const { FeatureflipClient } = await import("../../../../src/client/client.ts");
  client = new FeatureflipClient({
    sdkKey: "sdk-request",
    baseUrl: origin,
    logger,
    flushInterval: 1_000,
    fetch: watched("stream"),
    bootstrap: () => {
      see("bootstrap");
      return Promise.reject(new Error("none"));
    },
    inspectors: [() => see("inspector")],
  });
  client.on("status", () => see("listener"));
  client.on("update", () => see("listener"));
  await client.waitForInitialization();
  client.variation("dark-mode", { user_id: "u1" }, false);
  // It is answered with old flags, which are refreshed behind it.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await lazy.waitForInitialization();
});
const isCollected = (): boolean[] => held.map((request) => request.deref() === undefined);
// Deno keeps the context of a dynamic import, whatever was imported.
await collectUntil(() => isCollected()[1]! && ("Deno" in globalThis || isCollected()[0]!));
const collected = "Deno" in globalThis ? [true, isCollected()[1]] : isCollected();
const reconnected = await collectUntil(() =>
  counts.get("stream /stream")! >= 3 && counts.get("poll /flags")! >= 3 && seen.has("stream /events") &&
  counts.get("lazy /flags")! >= 2
);
const background = Object.fromEntries([...seen].sort().map(([kind, names]) => [kind, [...names]]));
seen.clear();
await runRequest("caller", async () => {
  await client.refresh();
  client.track("bought", { user_id: "u1" });
  await client.flush();
});
const asked = ["stream /flags", "stream /events"].map((kind) => seen.get(kind)?.has("caller") === true);
await client.close();
await poller.close();
await lazy.close();
lastWord({ collected, reconnected, background, asked });
