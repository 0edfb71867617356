/**
 * Streams over a connection that dies silently: says whether a change that is made afterwards arrives, over whatever the
 * client opens then, and whether all events do. Its clock runs ten times as fast.
 */
import process from "node:process";
import { createClient } from "../../../../src/client/create-client.ts";
import { detectRuntime } from "../../../../src/runtime/detect-runtime.ts";
import { origin as argument } from "../../client/children/host.ts";

const PACE = 10;

/** Of the real clock, in ms: 1,000 s of the client's. The kernel gives a dead connection up after about as long by its own. */
const PATIENCE = 100_000;

const { origin, control } = JSON.parse(argument) as { readonly origin: string; readonly control: string };
const runtime = detectRuntime();
const { scheduler } = runtime;
const start = scheduler.now();
const clock = {
  ...scheduler,
  now: () => start + (scheduler.now() - start) * PACE,
  after: (delay: number, ...rest: [() => void, object?]) => scheduler.after(delay / PACE, ...rest),
};
const client = createClient(
  // A busy machine takes longer than half a second of its own clock to open a connection.
  { sdkKey: "sdk-outlive", baseUrl: origin, connectTimeout: 30_000, initTimeout: 600_000, logger: quiet() },
  { ...runtime, scheduler: clock },
);
await client.waitForInitialization();
const before = client.variation("dark-mode", {}, true);
client.track("before", { user_id: "u1" });
await client.flush({ timeout: 600_000 });

await fetch(`${control}/silence`);
const since = scheduler.now();
const isOn = (): boolean => client.variation("dark-mode", {}, false, { track: false });
let tracked = 0;
while (!isOn() && scheduler.now() - since < PATIENCE) {
  // Events keep a multiplexed connection in use.
  if (tracked < 20) client.track(`after ${tracked++}`, { user_id: "u1" });
  await new Promise((resolve) => setTimeout(resolve, 100));
}
const after = isOn();
await client.flush({ timeout: 600_000 });
const { waiting } = client.status.events;
await client.close();
console.log(JSON.stringify({ before, after, waiting, seconds: Math.round((scheduler.now() - since) / 100) }));
process.exit();

function quiet(): { debug(): void; info(): void; warn(): void; error(): void } {
  return { debug() {}, info() {}, warn() {}, error() {} };
}
