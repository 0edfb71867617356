// A Hono app that reads a flag for every request. It runs on every host that Hono supports, for example:
//   npx wrangler dev --config examples/hono/wrangler.json      (.dev.vars beside it has FEATUREFLIP_SDK_KEY=…)
//   FEATUREFLIP_SDK_KEY=… bun examples/hono/app.ts
//   FEATUREFLIP_SDK_KEY=… deno serve --allow-net --allow-env examples/hono/app.ts
import { Hono } from "hono";
import { featureflip } from "@featureflip/sdk/hono";
import type { FeatureflipVariables } from "@featureflip/sdk/hono";

const app: Hono<{ Variables: FeatureflipVariables }> = new Hono();

app.use(featureflip({ context: (c) => ({ user_id: c.req.query("user") }) }));
app.get("/", (c) => c.text(c.var.flags.boolVariation("dark-mode", false) ? "dark\n" : "light\n"));

export default app;
