// A relay: one connection to the service for many processes, in any language:
//   FEATUREFLIP_SDK_KEY=… RELAY_KEYS=relay-web,relay-jobs node examples/relay/server.js
//   (in this repository after `npm run build`)
import process from "node:process";
import { createRelay, serve } from "@featureflip/sdk/server";

// Only the relay has the service's SDK key. Its clients use separate keys.
const sdkKeys = process.env.RELAY_KEYS.split(",");
const relay = createRelay({ sdkKeys });
const server = await serve(relay, {
  port: Number(process.env.PORT ?? 8788),
  hostname: process.env.HOST ?? "127.0.0.1",
  allowRemote: process.env.HOST !== undefined,
});
console.log(`Connect a client:

  export FEATUREFLIP_SDK_KEY=${sdkKeys[0]} FEATUREFLIP_BASE_URL=${server.url}
`);

// close() sends the queued events first.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => server.close());
