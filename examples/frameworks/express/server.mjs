import express from "express";
import { FeatureflipClient } from "@featureflip/sdk";

const client = new FeatureflipClient(); // reads FEATUREFLIP_SDK_KEY
// If the service is unreachable, the server still starts and serves defaults until the flags arrive.
await client.waitForInitialization({ timeout: 3_000 }).catch((error) => console.warn(error.message));

const app = express();

// The flags of one moment, bound to the user of the request.
app.use((request, response, next) => {
  response.locals.flags = client.forContext({ user_id: request.query.user });
  next();
});

app.get("/", (_request, response) => {
  if (response.locals.flags.boolVariation("dark-mode", false)) {
    response.send("dark");
  } else {
    response.send("light");
  }
});

const server = app.listen(process.env.PORT ?? 3000);

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    server.close();
    setTimeout(() => server.closeAllConnections(), 5_000).unref();
    client.close();
  });
}
