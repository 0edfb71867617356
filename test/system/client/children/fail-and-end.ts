/** Never gets flags, and looks at no outcome: the process goes on, and ends by itself once all is closed. */
import { FeatureflipClient } from "../../../../src/client/client.ts";
import { lastWord, origin } from "./host.ts";

const logger = { debug(): void {}, info(): void {}, warn(): void {}, error(): void {} };
const bootstrap = () => Promise.reject(new Error("no bootstrap"));
const client = new FeatureflipClient({
  sdkKey: "sdk-failing",
  baseUrl: `${origin}/nowhere`,
  logger,
  bootstrap,
});
void client.waitForInitialization({ timeout: 100 });
await new Promise((resolve) => setTimeout(resolve, 400));
const { state } = client.status;
void client.waitForInitialization();
await client.close();
await new Promise((resolve) => setTimeout(resolve, 50));
lastWord({ state });
