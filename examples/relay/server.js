// A relay: one connection to the service for a fleet of processes, in whatever language:
//   FEATUREFLIP_SDK_KEY=… RELAY_KEYS=relay-web,relay-jobs node examples/relay/server.js
//   (in this repository after `npm run build`)
import process from "node:process";
import { createRelay, serve } from "@featureflip/sdk/server";

// The service's key stays here: processes of the fleet have keys of the relay's own.
const keys = process.env.RELAY_KEYS.split(",");
const relay = createRelay({ keys });
const server = await serve(relay, {
  port: Number(process.env.PORT ?? 8788),
  hostname: process.env.HOST ?? "127.0.0.1",
  allowRemote: process.env.HOST !== undefined,
});
console.log(`What a client needs:

  export FEATUREFLIP_SDK_KEY=${keys[0]} FEATUREFLIP_BASE_URL=${server.url}
`);

// Events that wait are sent before it ends.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => server.close());
