/**
 * Records as many events as may wait, whose long texts were cut from texts with other characters or have some themselves, and
 * says by how much the heap has grown, in bytes.
 */
import process from "node:process";
import { FeatureflipClient } from "../../../../src/client/client.ts";
import { collect } from "../../client/children/host.ts";

type Client = ReturnType<typeof create>;

let keys = 0;

function create(): FeatureflipClient {
  return new FeatureflipClient({
    sdkKey: `sdk-own-bytes-${keys++}`,
    mode: "manual",
    bootstrap: { environment: "test", version: 1, flags: [], segments: [] },
    flushInterval: 3_600_000,
    connectTimeout: 600_000,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    fetch: () => new Promise(() => {}),
  });
}

const cut = (index: number, length: number): string => `€${index}`.padEnd(20_000, "z").slice(1, length);
const twoByte = (index: number): string => `${index}`.padEnd(130, "日");

// The first fills what is compiled and remembered once.
const recorders: Readonly<Record<string, (client: Client, index: number) => void>> = {
  warmUp: (client, index) => client.identify({ user_id: cut(index, 800), plan: cut(index, 900) }),
  userId: (client, index) => void client.boolVariation("flag", { user_id: cut(index, 640) }, false),
  twoByteUserId: (client, index) => void client.boolVariation("flag", { user_id: twoByte(index) }, false),
  flagKey: (client, index) => void client.boolVariation(cut(index, 560), {}, false),
  name: (client, index) => client.track(cut(index, 640), {}),
  metadata: (client, index) => client.track("name", {}, { text: cut(index, 640) }),
  attributes: (client, index) => client.identify({ user_id: cut(index, 280), plan: cut(index, 360) }),
};

async function heap(): Promise<number> {
  for (let count = 0; count < 3; count++) await collect();
  return process.memoryUsage().heapUsed;
}

const result: Record<string, number> = {};
const clients: Client[] = [];
for (const [name, record] of Object.entries(recorders)) {
  const client = create();
  clients.push(client);
  record(client, 0);
  const before = await heap();
  for (let index = 1; index < 10_000; index++) record(client, index);
  result[name] = (await heap()) - before;
}
delete result.warmUp;
const waiting = clients.map((client) => client.status.events.waiting);
console.log(JSON.stringify({ grown: result, waiting: Math.min(...waiting) }));
process.exit(0);
