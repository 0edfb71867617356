import { FeatureflipClient } from "@featureflip/sdk";
import { createEvaluationApi, serve } from "@featureflip/sdk/server";
import type { SnapshotStore } from "@featureflip/sdk";
import { expectEqual, expectTrue } from "../../runtime/expect.ts";
import type { StoreCase } from "../../support/suites/shared-store.ts";

/** A store that can be taken down and up again; what it held is gone then. */
export interface FailingStore {
  store(): SnapshotStore;
  /** Whether a snapshot is stored. */
  isFilled(): Promise<boolean>;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** A client whose store goes away in mid-run loses nothing, and finds it again. */
export function redisOutageCases({ store, isFilled, stop, start }: FailingStore): StoreCase[] {
  return [{
    name: "a client serves flags before, while and after its store is down (contract §8)",
    async run() {
      const flag = {
        key: "a",
        type: "Boolean",
        enabled: true,
        variations: [{ key: "on", value: true }, { key: "off", value: false }],
        rules: [],
        fallthrough: { type: "Fixed", variation: "on" },
        offVariation: "off",
      };
      const api = createEvaluationApi({ sdkKeys: ["sdk-outage"], environment: { flags: [flag] } });
      const server = await serve(api);
      const quiet = { debug() {}, info() {}, warn() {}, error() {} };
      const client = await FeatureflipClient.create({
        sdkKey: "sdk-outage",
        baseUrl: server.url,
        mode: "lazy",
        maxAge: 20,
        store: store(),
        logger: quiet,
      });
      const served = async (): Promise<boolean> => {
        await new Promise((resolve) => setTimeout(resolve, 30));
        await client.waitForInitialization();
        return client.variation("a", {}, false);
      };
      try {
        expectTrue(await served(), "before");
        await stop();
        await until(async () => {
          expectTrue(await served(), "while the store is down");
          return client.status.storeError !== undefined;
        });
        api.patchFlag("a", { enabled: false });
        await until(async () => await served() === false);
        await start();
        await until(async () => {
          expectEqual(await served(), false, "after");
          return client.status.storeError === undefined;
        });
        await until(async () => {
          await served();
          return await isFilled();
        });
      } finally {
        await client.close();
        await server.close();
      }
    },
  }];
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error(`not so after a minute: ${isTrue}`);
  }
}
