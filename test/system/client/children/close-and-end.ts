/** Streams, records, closes, and is over: nothing but the runtime itself ends this process. */
import { FeatureflipClient } from "../../../../src/client/client.ts";
import { lastWord, origin } from "./host.ts";

const client = await FeatureflipClient.create({ sdkKey: "sdk-closed", baseUrl: origin });
const second = new FeatureflipClient({ sdkKey: "sdk-closed", baseUrl: origin });
const value = client.variation("dark-mode", { user_id: "u1" }, false);
client.track("bought", { user_id: "u1" }, { amount: 9.5 });
await second.close();
await client.close();
lastWord({ value, sent: client.status.events.sent });
