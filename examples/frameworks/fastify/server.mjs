import Fastify from "fastify";
import { FeatureflipClient } from "@featureflip/sdk";

const client = new FeatureflipClient(); // reads FEATUREFLIP_SDK_KEY
// If the service is unreachable, the server still starts and serves defaults until the flags arrive.
await client.waitForInitialization({ timeout: 3_000 }).catch((error) => console.warn(error.message));

const app = Fastify();

// The flags of one moment, bound to the user of the request.
app.decorateRequest("flags");
app.addHook("onRequest", (request, _reply, done) => {
  request.flags = client.forContext({ user_id: request.query.user });
  done();
});
app.addHook("onClose", () => client.close());

app.get("/", (request, reply) => {
  if (request.flags.boolVariation("dark-mode", false)) {
    reply.send("dark");
  } else {
    reply.send("light");
  }
});

await app.listen({ port: Number(process.env.PORT ?? 3000), host: "127.0.0.1" });

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    app.close();
    setTimeout(() => app.server.closeAllConnections(), 3_000).unref();
  });
}
