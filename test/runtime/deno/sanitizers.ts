/** A client's life under `deno test`, whose sanitizers see each operation and resource that is left (contract §6). */
import { FeatureflipClient } from "@featureflip/sdk";
import type { FeatureflipOptions } from "@featureflip/sdk";
import { createEvaluationApi, serve } from "@featureflip/sdk/server";
import { flag } from "@featureflip/sdk/testing";
import { assertEquals } from "@std/assert";

const SANITIZED = { sanitizeOps: true, sanitizeResources: true, sanitizeExit: true };

/** Lives through everything a client does, in one mode, and leaves nothing. */
async function live(options: FeatureflipOptions): Promise<void> {
  const sdkKey = "sdk-sanitized";
  const api = createEvaluationApi({
    sdkKeys: [sdkKey],
    environment: { flags: [flag("dark-mode").otherwise("on")] },
  });
  const server = await serve(api);
  const client = new FeatureflipClient({ sdkKey, baseUrl: server.url, ...options });
  const second = new FeatureflipClient({ sdkKey, baseUrl: server.url, ...options });
  if (client.status.mode === "manual") await client.refresh();
  await client.waitForInitialization();
  assertEquals(second.variation("dark-mode", { user_id: "u1" }, false), true);

  const updated = new Promise((resolve) => client.on("update", resolve));
  api.patchFlag("dark-mode", { enabled: false });
  if (client.status.mode !== "streaming") await client.refresh();
  await updated;
  assertEquals(client.variation("dark-mode", { user_id: "u1" }, true), false);

  client.track("bought", { user_id: "u1" }, { total: 9.99 });
  await client.flush();
  client.identify({ user_id: "u1" });
  await second.close();
  await client.close();
  assertEquals(api.events.length, 4);
  await server.close();
}

for (const mode of ["streaming", "polling", "lazy", "manual"] as const) {
  Deno.test({ name: `a client in mode "${mode}" leaves nothing`, ...SANITIZED, fn: () => live({ mode }) });
}

Deno.test({
  name: "a client that never got through leaves nothing",
  ...SANITIZED,
  async fn() {
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const client = new FeatureflipClient({ sdkKey: "sdk-nowhere", baseUrl: "http://127.0.0.1:9", logger });
    await client.waitForInitialization({ timeout: 50 }).catch(() => {});
    client.track("bought", {});
    await client.close({ timeout: 50 });
  },
});
