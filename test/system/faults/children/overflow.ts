/**
 * Records ever more events while none can leave, asks for unknown flags whose keys were cut from larger texts, and says by how
 * much the heap has grown, in bytes.
 */
import process from "node:process";
import { FeatureflipClient } from "../../../../src/client/client.ts";
import { collect } from "../../client/children/host.ts";

const MANY = 100_000;

const client = new FeatureflipClient({
  sdkKey: "sdk-overflow",
  mode: "manual",
  bootstrap: { environment: "test", version: 1, flags: [], segments: [] },
  logger: { debug() {}, info() {}, warn() {}, error() {} },
  fetch: () => Promise.resolve(new Response(null, { status: 503 })),
});

async function record(first: number): Promise<number> {
  for (let index = first; index < first + MANY; index++) {
    client.track(`event-${index}`, { user_id: `user-${index}` }, { index });
    if (index % 10_000 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await collect();
  await collect();
  return process.memoryUsage().heapUsed;
}

await record(0); // what is compiled and allocated once is there then
const before = await record(MANY);
for (let index = 0; index < 1_000; index++) {
  const key = `unknown-flag-${index}`.padEnd(20_000, "x").slice(0, 50);
  client.boolVariation(key, {}, false, { track: false });
}
const after = await record(2 * MANY);
const { waiting, shed } = client.status.events;
await client.close({ timeout: 100 });
console.log(JSON.stringify({ grown: after - before, waiting, shed: shed.others }));
