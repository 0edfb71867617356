/** Runs a client with all it has, and looks for its SDK key in everything that is global. */
import { inspect } from "node:util";
import { sharedStore } from "../../../../src/adapters/stores/mod.ts";
import { FeatureflipClient } from "../../../../src/client/client.ts";
import { lastWord, origin } from "./host.ts";

interface Printer {
  inspect?(value: unknown, options: object): string;
}

const sdkKey = ["sdk", "inspected", "7f3a9c"].join("-");
const logger = { debug() {}, info() {}, warn() {}, error() {} };
const store = sharedStore({ get: () => Promise.resolve(null), set: () => Promise.resolve() });
// Polling, and no request under way: Node's `fetch` shows the headers of an open request in its global dispatcher.
const client = await FeatureflipClient.create({
  sdkKey,
  baseUrl: origin,
  mode: "polling",
  logger,
  store,
  inspectors: [() => {}],
});
client.on("update", () => {});
client.track("bought", { user_id: "u1" });
await new Promise((resolve) => setTimeout(resolve, 300));

const format = { showHidden: true, depth: Number.POSITIVE_INFINITY };
const { Bun, Deno } = globalThis as { readonly Bun?: Printer; readonly Deno?: Printer };
const reachable = globalThis as unknown as Readonly<Record<symbol, unknown>>;
const registry = reachable[Symbol.for("@featureflip/sdk/registry/3")];

/** A value as text, by each printer of this host. Bun's `inspect` fails at some of Bun's own globals. */
function print(value: unknown): string {
  const printers = [inspect, Bun?.inspect, Deno?.inspect].filter((printer) => printer !== undefined);
  return printers.map((printer) => {
    try {
      return printer(value, format);
    } catch (error) {
      return `not printed: ${error}`;
    }
  }).join();
}

const globals = print(globalThis);
const cores = print(registry);
const result = { shown: (globals + cores).includes(sdkKey), reached: /[0-9a-f]{32}/.test(cores) };
await client.close();
lastWord(result);
