/** Polls, records, and is over without `close()`: no timer keeps this process alive. */
import { FeatureflipClient } from "../../../../src/client/client.ts";
import { lastWord, origin } from "./host.ts";

const client = await FeatureflipClient.create({ sdkKey: "sdk-polling", baseUrl: origin, mode: "polling" });
const value = client.variation("dark-mode", { user_id: "u1" }, false);
lastWord({ value });
