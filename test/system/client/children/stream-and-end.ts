/** Streams, and is over without `close()`, where the runtime lets a stream go. */
import { FeatureflipClient } from "../../../../src/client/client.ts";
import { lastWord, origin } from "./host.ts";

const client = await FeatureflipClient.create({ sdkKey: "sdk-streaming", baseUrl: origin });
const value = client.variation("dark-mode", { user_id: "u1" }, false);
lastWord({ value, mode: client.status.mode });
