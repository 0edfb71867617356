import { FeatureflipClient } from "@featureflip/sdk";
import { redisOverHttp, redisStore } from "@featureflip/sdk/redis";
import { memoryStore } from "@featureflip/sdk/stores";
import { edgeConfigStore } from "@featureflip/sdk/vercel";
import { sharedStoreCases } from "../../support/suites/shared-store.ts";
import type { StoreHost } from "../../support/suites/shared-store.ts";
import type { Case } from "../case.ts";
import { REDIS_TOKEN } from "../credentials.ts";
import { expectEqual, expectTrue } from "../expect.ts";
import { until } from "../until.ts";

const QUICK = { longest: 200_000, shortestLock: 30 } as const;

/** The shared stores that need no host of their own (contract §8): in memory, and by nothing but `fetch`. */
export function storeCases(origin: string): Case[] {
  const store = memoryStore();
  const redis = redisOverHttp({ url: `${origin}/redis`, token: REDIS_TOKEN });
  // One server has all hosts for its clients.
  const prefix = `contract ${crypto.randomUUID()}:`;
  return [
    ...namedCases("memoryStore()", {
      ...QUICK,
      open: () => store,
      abilities: ["set", "tryLock", "watch"],
    }),
    ...namedCases("redisStore() over HTTP", {
      ...QUICK,
      open: () => redisStore(redis, { prefix }),
      abilities: ["set", "tryLock"],
    }),
    {
      name: "redisOverHttp() says why it failed, without the token",
      async run() {
        const wrong = redisOverHttp({ url: `${origin}/redis`, token: "a-wrong-token" });
        const failure = await redisStore(wrong).get("flags").catch(String);
        expectEqual(failure, "Error: Redis answered 401: Unauthorized", "failure");
      },
    },
    {
      name: "edgeConfigStore() reads what its client has, and nothing that is no text",
      async run() {
        const items: Readonly<Record<string, unknown>> = { featureflip_flags: "text", other_flags: { a: 1 } };
        const client = { get: (name: string) => Promise.resolve(items[name]) };
        expectEqual(await edgeConfigStore(client).get("flags"), "text", "text");
        expectEqual(await edgeConfigStore(client, { prefix: "missing:" }).get("flags"), null, "missing");
        const failure = await edgeConfigStore(client, { prefix: "other:" }).get("flags").catch(String);
        expectTrue(String(failure).startsWith("TypeError"), `it said ${failure}`);
      },
    },
    {
      name: "a lazy client stores what it loads, and loses nothing when its store goes away (contract §8)",
      async run() {
        let isDown = false;
        let writes = 0;
        const shared = redisStore((command) => {
          if (isDown) return Promise.reject(new Error("gone"));
          if (command[0] === "SET" && command[1]?.endsWith(":flags")) writes++;
          return redis(command);
        }, { prefix: `client ${prefix}` });
        const client = await FeatureflipClient.create({
          sdkKey: "sdk-store",
          baseUrl: origin,
          mode: "lazy",
          maxAge: 20,
          sendEvents: false,
          store: shared,
          logger: { debug() {}, info() {}, warn() {}, error() {} },
        });
        const request = async (): Promise<void> => {
          await client.waitForInitialization();
          expectEqual(client.variation("greeting", {}, "Hi"), "Hello", "value");
        };
        await until(() => writes > 0, "the store has it");
        isDown = true;
        await until(async () => {
          await request();
          return client.status.storeError !== undefined;
        }, "the status says that the store is down");
        await request();
        await client.close();
      },
    },
  ];
}

function namedCases(name: string, host: StoreHost): Case[] {
  return sharedStoreCases(host).map((each) => ({ ...each, name: `${name}: ${each.name}` }));
}
