/** Streams, and is over without `close()`, where the runtime lets a stream go. */
import { FeatureflipClient } from "../../../src/client/client.ts";
import { origin } from "./host.ts";

const client = await FeatureflipClient.create({ sdkKey: "sdk-streaming", baseUrl: origin });
const value = client.variation("dark-mode", { user_id: "u1" }, false);
console.log(JSON.stringify({ value, mode: client.status.mode, at: Date.now() }));
