/** Has nothing left to do, and closes then: what was recorded is received before the process ends. */
import process from "node:process";
import { FeatureflipClient } from "../../../../src/client/client.ts";
import { lastWord, origin } from "./host.ts";

const client = await FeatureflipClient.create({ sdkKey: "sdk-draining", baseUrl: origin, mode: "polling" });
process.once("beforeExit", () => client.close());

for (let order = 1; order <= 250; order++) client.track("order-placed", { user_id: "u1" }, { order });
lastWord({ waiting: client.status.events.waiting });
