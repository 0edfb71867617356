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
  /** Deletes all that is stored. */
  empty(): Promise<void>;
  /** Lets no command be answered for so many ms. */
  pause(ms: number): Promise<void>;
}

/** A client whose store goes away in mid-run loses nothing, and finds it again. */
export function redisOutageCases({ store, isFilled, stop, start, empty, pause }: FailingStore): StoreCase[] {
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
  }, {
    name: "what is served never gets older while the store is emptied and slow (contract §8)",
    async run() {
      const variations = Array.from({ length: 20 }, (_, value) => ({ key: String(value), value }));
      const environment = {
        flags: [{
          key: "count",
          type: "Number",
          enabled: true,
          variations,
          rules: [],
          fallthrough: { type: "Fixed", variation: "0" },
          offVariation: "0",
        }],
      };
      const api = createEvaluationApi({ sdkKeys: ["sdk-slow"], environment });
      const server = await serve(api);
      const client = await FeatureflipClient.create({
        sdkKey: "sdk-slow",
        baseUrl: server.url,
        mode: "polling",
        pollInterval: 1_000,
        store: store(),
        sendEvents: false,
        logger: { debug() {}, info() {}, warn() {}, error() {} },
      });
      let newest = 0;
      const served = (): number => {
        const value = client.variation("count", {}, -1);
        expectTrue(value >= newest, `it serves ${value} after ${newest}`);
        return newest = value;
      };
      try {
        for (let flip = 1; flip < 6; flip++) {
          api.patchFlag("count", { fallthrough: { type: "Fixed", variation: String(flip) } });
          await (flip === 3 ? empty() : pause(300));
          await until(async () => {
            await new Promise((resolve) => setTimeout(resolve, 20));
            return served() === flip;
          });
        }
        await until(isFilled);
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
