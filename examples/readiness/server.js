// A Node server with probes: `node server.js`.
// Configuration: FEATUREFLIP_SDK_KEY and FEATUREFLIP_BASE_URL.

import { createServer } from "node:http";
import process from "node:process";
import { FeatureflipClient } from "@featureflip/sdk";

const client = new FeatureflipClient();

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, "http://localhost");
  if (pathname === "/livez") {
    // Only checks that the process responds: a restart cannot bring flags back.
    response.end("alive\n");
  } else if (pathname === "/readyz") {
    const { state, age, lastError } = client.status;
    response.writeHead(client.isInitialized ? 200 : 503, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ state, age, error: lastError?.message }));
  } else {
    const darkMode = client.boolVariation("dark-mode", { user_id: searchParams.get("user") }, false);
    response.end(darkMode ? "dark\n" : "light\n");
  }
});
server.listen(process.env.PORT ?? 3000, () => {
  console.log(`Listening on http://localhost:${server.address().port}`);
});

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    server.close(() => client.close());
    setTimeout(() => server.closeAllConnections(), 3_000).unref();
  });
}
