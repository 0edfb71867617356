/**
 * `tsx -C source test/system/delivery/accounting.ts [SECONDS] [RATE…]`: records evaluations at several rates a second with the
 * default options, against a service on a socket that takes 10 ms, and accounts for every event. 60 s each by default.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { FeatureflipClient } from "../../../src/client/client.ts";
import type { SdkEvent } from "../../../src/contract/wire.ts";
import { wireFlag, wireSnapshot } from "../../support/wire.ts";

/** How often evaluations are recorded, in ms. */
const TICK = 20;
/** Up to this rate nothing may be shed (contract §5). */
const CAPACITY = 5_000;

const [seconds = 60, ...given] = process.argv.slice(2).map(Number);
const rates = given.length > 0 ? given : [100, 1_000, 5_000, 20_000];

/** What arrived from one run, by kind of event, and when each request came. */
const received = { Evaluation: 0, Impression: 0, Identify: 0, Custom: 0 };
let requests: number[] = [];
let mostBytes = 0;

const service = createServer((request, response) => {
  const chunks: Uint8Array[] = [];
  request.on("data", (chunk: Uint8Array) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks);
    requests.push(Date.now());
    mostBytes = Math.max(mostBytes, body.length);
    for (const { type } of (JSON.parse(body.toString()) as { events: SdkEvent[] }).events) received[type]++;
    setTimeout(() => response.writeHead(202).end(), 10);
  });
});
await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
const baseUrl = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;

for (const rate of rates) await run(rate);
service.close();

async function run(rate: number): Promise<void> {
  Object.assign(received, { Evaluation: 0, Impression: 0, Identify: 0, Custom: 0 });
  requests = [];
  const warnings: string[] = [];
  const client = await FeatureflipClient.create({
    sdkKey: `sdk-accounting-${rate}`,
    baseUrl,
    mode: "manual",
    bootstrap: wireSnapshot([wireFlag("checkout-flow"), wireFlag("dark-mode")]),
    logger: { debug() {}, info() {}, warn: (line) => void warnings.push(line), error() {} },
  });
  const start = Date.now();
  let evaluations = 0;
  let pairs = 0;
  while (Date.now() - start < seconds * 1_000) {
    const due = Math.min(rate * seconds, rate * (Date.now() - start) / 1_000);
    for (; evaluations < due; evaluations++) {
      client.boolVariation(evaluations % 2 === 0 ? "checkout-flow" : "dark-mode", {
        user_id: `user-${evaluations}`,
      }, false);
    }
    for (; pairs < (Date.now() - start) / 500; pairs++) {
      client.track("order-placed", { user_id: `user-${pairs}` }, { total: pairs });
      client.identify({ user_id: `user-${pairs}`, plan: "pro" });
    }
    await new Promise((resolve) => setTimeout(resolve, TICK));
  }
  const during = client.status.events;
  await client.close();
  const { sent, waiting, shed, dropped } = client.status.events;
  const recorded = evaluations + 2 * pairs;
  const shedCount = shed.repeats + shed.evaluations + shed.others;
  const accounted = sent + waiting + shedCount + dropped.rejected + dropped.closed;
  const mostInMinute = Math.max(
    ...requests.map((time) => requests.filter((other) => other >= time && other < time + 60_000).length),
  );
  console.log(
    `${
      String(rate).padStart(6)
    }/s: recorded ${recorded}, sent ${sent}, waiting at the end ${during.waiting}, ` +
      `shed ${
        JSON.stringify(shed)
      }, requests ${requests.length} (${mostInMinute} in a minute), largest ${mostBytes} bytes`,
  );
  expect(accounted === recorded, `${recorded - accounted} events are not accounted for`);
  expect(
    sent === Object.values(received).reduce((sum, count) => sum + count),
    "sent is not what was received",
  );
  expect(
    received.Custom === pairs && received.Identify === pairs,
    "track() or identify() events are missing",
  );
  expect(rate > CAPACITY || shedCount === 0, `${shedCount} events were shed below capacity`);
  expect(mostInMinute <= 120, `${mostInMinute} requests in a minute`);
  expect(mostBytes <= 1_000_000, `a request of ${mostBytes} bytes`);
  expect(shedCount === 0 || warnings.some((line) => line.includes("Event queue full")), "no warning");
}

function expect(isSo: boolean, problem: string): void {
  if (isSo) return;
  console.error(`FAILED: ${problem}`);
  process.exitCode = 1;
}
