// Sends flag values to a worker thread together with the work: `node main.js`.
// Configuration: FEATUREFLIP_SDK_KEY and FEATUREFLIP_BASE_URL.

import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { FeatureflipClient } from "@featureflip/sdk";

if (isMainThread) {
  const client = await FeatureflipClient.create();
  const flags = client.allFlags({ user_id: "u-123", plan: "pro" });

  const worker = new Worker(new URL(import.meta.url));
  worker.postMessage({ words: ["red", "shoes"], flags });
  worker.once("message", async (answer) => {
    console.log(answer);
    await client.close();
  });
} else {
  parentPort.once("message", ({ words, flags }) => {
    const { engine } = flags["search-settings"];
    parentPort.postMessage(`${engine} search for ${words.join(" ")}`);
  });
}
