/** Drops a thousand handles without `close()`, and says what is left once they have been collected. */
import { FeatureflipClient } from "../../../../src/client/client.ts";
import type { ContextClient } from "../../../../src/client/context-client.ts";
import type { FeatureflipOptions } from "../../../../src/client/options.ts";
import type { Logger } from "../../../../src/runtime/logger.ts";
import { collectUntil, openStreams, origin, watchTimers } from "./host.ts";

/** A busy machine takes its time for fifty streams at once, and one that is given up is opened again later. */
const PATIENT: FeatureflipOptions = { baseUrl: origin, connectTimeout: 60_000, initTimeout: 60_000 };

const handles: WeakRef<FeatureflipClient>[] = [];

/** All that a handle keeps to itself refers back to it: none of it may pin the handle. */
function connect(key: number): FeatureflipClient {
  const self: { client?: FeatureflipClient } = {};
  const touch = (): void => void self.client?.isInitialized;
  const logger: Logger = { debug: touch, info: touch, warn: touch, error: touch };
  const options: FeatureflipOptions = { ...PATIENT, sdkKey: `sdk-dropped-${key}` };
  const client = new FeatureflipClient({ ...options, logger, inspectors: [touch], waitUntil: touch });
  self.client = client;
  client.on("update", touch)();
  client.variation("dark-mode", { user_id: "u1" }, false);
  handles.push(new WeakRef(client));
  return client;
}

function alive(): number {
  return handles.filter((handle) => handle.deref() !== undefined).length;
}

/** A bound context is a way to use its handle, so it keeps it. */
const bound: ContextClient[] = [];

async function bind(): Promise<void> {
  const client = new FeatureflipClient({ ...PATIENT, sdkKey: "sdk-bound" });
  await client.waitForInitialization();
  bound.push(client.forContext({ user_id: "u1" }));
}

const stops: (() => void)[] = [];
let changes = 0;

/** What a listener hears of somebody waits for, who may have nothing else to hold on to. */
async function listen(): Promise<void> {
  const client = new FeatureflipClient({ ...PATIENT, sdkKey: "sdk-listened-to" });
  await client.waitForInitialization();
  stops.push(client.on("update", () => changes++));
}

function useAndUnbind(): boolean | undefined {
  return bound.pop()?.variation("dark-mode", false);
}

/** In a frame of its own: what a module's own frame has held, some runtimes keep. */
async function connectAndDrop(): Promise<{ readonly open: number; readonly armed: boolean }> {
  const held = Array.from({ length: 1_000 }, (_, handle) => connect(handle % 50));
  await Promise.all(held.map((client) => client.waitForInitialization()));
  const open = await openStreams();
  // Asked of them last, lest they are collected before they have been counted.
  const armed = held.every((client) => client.isInitialized) && armedTimers() >= 52;
  return { open, armed };
}

const armedTimers = watchTimers();
await bind();
await listen();
const { open, armed } = await connectAndDrop();
const dropped = await collectUntil(async () => await openStreams() === 2);
await fetch(`${origin}/change`);
const told = await collectUntil(() => changes > 0);
const used = useAndUnbind();
stops.pop()?.();
const all = await collectUntil(async () => await openStreams() === 0);
// Events of the last to go may be on their way: that request ends, and its timer with it.
await collectUntil(() => armedTimers() === 0);
const timers = armedTimers();
// A registry that held on to a core would hand it to this one, flags and all.
const next = new FeatureflipClient({ sdkKey: "sdk-dropped-0", baseUrl: origin });
const fresh = !next.isInitialized;
await next.close();
console.log(JSON.stringify({ open, armed, alive: alive(), dropped, told, used, all, timers, fresh }));
