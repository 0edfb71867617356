/**
 * The demo: a local Evaluation API, a client that streams from it, and the traffic between the two.
 *
 * `npm start`, `deno task start` or `bun start`.
 */
import { FeatureflipClient } from "@featureflip/sdk";
import { createEvaluationApi, serve } from "@featureflip/sdk/server";
import environment from "../environment.json" with { type: "json" };
import { formatTable } from "./format-table.ts";
import { formatBar, heading, shorten, since } from "./print.ts";
import { ada, grace, linus } from "./users.ts";

const sdkKey = "sdk-demo";

heading("A local Evaluation API and a client that streams from it");

const api = createEvaluationApi({ environment, sdkKeys: [sdkKey] });
const server = await serve(api);
console.log(`The API serves examples/environment.json at ${server.url}`);

const started = performance.now();
const client = await FeatureflipClient.create({ sdkKey, baseUrl: server.url });
const flagKeys = Object.keys(client.allFlags(ada));
console.log(
  `${since(started)} later the client has ${flagKeys.length} flags. Its mode is ${client.status.mode}`,
);

heading("What each user gets, and why");

for (const user of [ada, grace, linus]) {
  console.log(`${JSON.stringify(user)}\n`);
  const rows = flagKeys.map((key) => {
    const { value, reason, ruleId, prerequisiteKey } = client.variationDetail(key, user, null);
    return [key, shorten(JSON.stringify(value)), reason, ruleId ?? prerequisiteKey ?? ""];
  });
  console.log(`${formatTable(["flag", "value", "reason", "rule or failed prerequisite"], rows)}\n`);
}

heading("A flag changes, and the client is notified");

console.log(`dark-mode for ada: ${client.boolVariation("dark-mode", ada, false)}`);
const changed = performance.now();
const notified = new Promise<string>((resolve) => client.on("update", () => resolve(since(changed))));
await fetch(`${server.url}/v1/local/flags/dark-mode`, {
  method: "PATCH",
  headers: { authorization: `Bearer ${api.writeToken}`, "content-type": "application/json" },
  body: JSON.stringify({ enabled: false }),
});
console.log(`PATCH /v1/local/flags/dark-mode {"enabled":false}`);
console.log(`${await notified} later the client is notified`);
console.log(`dark-mode for ada: ${client.boolVariation("dark-mode", ada, false)}`);

heading("A rollout splits 1,000 users by its weights");

const shares = new Map<string, number>();
for (let n = 0; n < 1_000; n++) {
  const context = { user_id: `user-${n}` };
  const { variationKey = "" } = client.variationDetail("homepage-hero", context, "", { track: true });
  shares.set(variationKey, (shares.get(variationKey) ?? 0) + 1);
}
const weights = [["classic", 50], ["seasonal", 30], ["personal", 20]] as const;
const rows = weights.map(([variation, weight]) => {
  const seen = (shares.get(variation) ?? 0) / 10;
  return [variation, `${weight} %`, `${seen} %`, formatBar(seen)];
});
console.log(formatTable(["homepage-hero", "expected", "seen", ""], rows));

heading("What the API received");

client.identify(ada);
client.track("order-placed", ada, { total: 59.9, currency: "EUR" });
await client.flush();

const counts = new Map<string, number>();
for (const { type } of api.events) counts.set(type, (counts.get(type) ?? 0) + 1);
console.log(formatTable(["type", "events"], [...counts].map(([type, count]) => [type, String(count)])));
console.log(`\nOne of them: ${JSON.stringify(api.events.findLast(({ type }) => type === "Custom"))}`);

heading("Shutdown");

const closing = performance.now();
await client.close();
await server.close();
console.log(
  `Client and API are closed after ${since(closing)}. Nothing keeps this process alive`,
);
