/** Streams beside a stream of somebody else's, from the same place: that one goes on keeping the process alive. */
import process from "node:process";
import { FeatureflipClient } from "../../../../src/client/client.ts";
import { lastWord, origin } from "./host.ts";

const other = await fetch(`${origin}/v1/sdk/stream`, { headers: { accept: "text/event-stream" } });
void other.body!.getReader().read();
const client = await FeatureflipClient.create({ sdkKey: "sdk-beside", baseUrl: origin });
const { mode } = client.status;
const held = setTimeout(() => {
  lastWord({ mode, held: true });
  process.exit();
}, 500);
held.unref();
