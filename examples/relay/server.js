// A relay: one connection to the service for many processes, in any language:
//   FEATUREFLIP_SDK_KEY=… RELAY_KEYS=relay-web,relay-jobs node examples/relay/server.js
//   (in this repository after `npm run build`)
import process from "node:process";
import { createRelay, serve } from "@featureflip/sdk/server";

// Only the relay has the service's SDK key. Its clients use separate keys.
const sdkKeys = process.env.RELAY_KEYS.split(",");
// Streams end after 10 to 30 minutes, so that a relay that was restarted soon has its share of them again.
const relay = createRelay({ sdkKeys, maxStreamAge: 20 * 60_000, metricsToken: process.env.METRICS_TOKEN });
const server = await serve(relay, {
  port: Number(process.env.PORT ?? 8788),
  hostname: process.env.HOST ?? "127.0.0.1",
  allowRemote: process.env.HOST !== undefined,
});
console.log(`Connect a client:

  export FEATUREFLIP_SDK_KEY=${sdkKeys[0]} FEATUREFLIP_BASE_URL=${server.url}
`);

// Behind a load balancer: streams end one after another in 10 s. Then close() sends the queued events.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => server.close({ drain: 10_000 }));
