// On Node: FEATUREFLIP_SDK_KEY=… npm start
import { FeatureflipClient } from "@featureflip/sdk";
import { serve } from "@hono/node-server";
import { serveStatic } from "@hono/node-server/serve-static";
import process from "node:process";
import { createApp } from "./app.js";

const client = new FeatureflipClient(); // reads FEATUREFLIP_SDK_KEY
const app = createApp({ client });
app.use(serveStatic({ root: "dist" }));

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) => {
  console.log(`Listening on http://localhost:${port}`);
});

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    server.close();
    setTimeout(() => server.closeAllConnections(), 3_000).unref();
    client.close(); // ends the event streams, and sends the events that wait
  });
}
