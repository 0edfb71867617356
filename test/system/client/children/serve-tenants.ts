/** Serves 500 SDK keys on a request-scoped runtime, and prints how the heap grew. */
import process from "node:process";
import { createClientPool } from "../../../../src/adapters/shared/client-pool.ts";
import { createClient } from "../../../../src/client/create-client.ts";
import type { FeatureflipOptions } from "../../../../src/client/options.ts";
import { detectRuntime } from "../../../../src/runtime/detect-runtime.ts";
import { wireFlag, wireSnapshot } from "../../../support/wire.ts";
import { collect } from "./host.ts";

const runtime = { ...detectRuntime(), hasBackground: false };
const clientFor = createClientPool(runtime);
const body = JSON.stringify(
  wireSnapshot(Array.from({ length: 50 }, (_, index) => wireFlag(`flag-${index}`))),
);

function optionsOf(tenant: string): FeatureflipOptions {
  const fetch = (): Promise<Response> => Promise.resolve(new Response(body));
  return { sdkKey: `sdk-${tenant}`, sendEvents: false, fetch };
}

/** The ways to serve a request with a key of its own. */
const WAYS = {
  async closed(tenant: string): Promise<boolean> {
    const client = createClient(optionsOf(tenant), runtime);
    await client.waitForInitialization();
    const isOn = client.boolVariation("flag-7", {}, false);
    await client.close();
    return isOn;
  },
  async dropped(tenant: string): Promise<boolean> {
    const client = createClient(optionsOf(tenant), runtime);
    await client.waitForInitialization();
    return client.boolVariation("flag-7", {}, false);
  },
  async pooled(tenant: string): Promise<boolean> {
    const client = clientFor(undefined, () => optionsOf(tenant));
    await client.waitForInitialization();
    return client.boolVariation("flag-7", {}, false);
  },
};

async function heap(): Promise<number> {
  // What finalizers release is collected in the next round.
  for (let round = 0; round < 4; round++) await collect();
  return process.memoryUsage().heapUsed;
}

const result: Record<string, unknown> = {};
for (const [way, serve] of Object.entries(WAYS)) {
  let served = 0;
  const serveTenants = async (from: number, to: number): Promise<void> => {
    for (let tenant = from; tenant < to; tenant++) {
      if (await serve(`${way}-${tenant}`)) served++;
      if (tenant % 20 === 0) await collect(); // a new task, before which nothing is collected that was just used
    }
  };
  await serveTenants(0, 100);
  const before = await heap();
  await serveTenants(100, 500);
  const bytesPerKey = (await heap() - before) / 400;
  result[way] = { served, bytesPerKey };
}
const start = await heap();
const open = [];
for (let tenant = 0; tenant < 50; tenant++) {
  const client = createClient(optionsOf(`open-${tenant}`), runtime);
  await client.waitForInitialization();
  open.push(client);
}
result.bytesPerOpenKey = (await heap() - start) / open.length;
console.log(JSON.stringify(result));
