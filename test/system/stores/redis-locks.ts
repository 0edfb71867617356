import { FeatureflipClient } from "@featureflip/sdk";
import { redisStore } from "@featureflip/sdk/redis";
import { createEvaluationApi, serve } from "@featureflip/sdk/server";
import { Redis } from "ioredis";
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { expectEqual, expectTrue } from "../../runtime/expect.ts";
import { lastingPort } from "../../support/lasting-port.ts";
import type { StoreCase } from "../../support/suites/shared-store.ts";

/** A lock that somebody else wrote without an expiry keeps nobody from refreshing (contract §8). */
export function lockCases(redis: Redis): StoreCase[] {
  const key = "locks:{0123456789abcdef}:lock";
  const store = redisStore(redis, { prefix: "locks:" });
  return [
    {
      name: "tryLock() breaks a lock that never ends, or ends after more than 60 s",
      async run() {
        for (const args of [[], ["PX", "61000"]]) {
          await redis.call("SET", key, "x", ...args);
          const release = await store.tryLock!("{0123456789abcdef}:lock", 4000);
          expectTrue(release !== null, `it is refused with ${args.join(" ")}`);
          await release!();
        }
      },
    },
    {
      name: "tryLock() honours a lock that ends within 60 s",
      async run() {
        await redis.call("SET", key, "x", "PX", "59000");
        expectEqual(await store.tryLock!("{0123456789abcdef}:lock", 4000), null, "lock");
        await redis.del(key);
      },
    },
  ];
}

/** A replica that is read-only, as after a failover, is still read; one line in the log says so. */
export function replicaCases(
  primary: Redis,
  port: number,
  start: (port: number, args: readonly string[]) => Promise<ChildProcess>,
): StoreCase[] {
  return [{
    name: "a client on a read-only replica reads what the primary has, and logs one warning",
    async run() {
      const api = createEvaluationApi({
        sdkKeys: ["sdk-replica"],
        environment: {
          flags: [{
            key: "a",
            type: "Boolean",
            enabled: true,
            variations: [{ key: "on", value: true }],
            rules: [],
            fallthrough: { type: "Fixed", variation: "on" },
            offVariation: "on",
          }],
        },
      });
      const server = await serve(api);
      const replicaPort = await lastingPort();
      const replicaServer = await start(replicaPort, ["--replicaof", "127.0.0.1", String(port)]);
      const replica = new Redis({ host: "127.0.0.1", port: replicaPort });
      const options = { sdkKey: "sdk-replica", baseUrl: server.url, sendEvents: false } as const;
      const lines: string[] = [];
      const say = (line: string): void => void lines.push(line);
      const logger = { debug() {}, info: say, warn: say, error: say };
      try {
        const writer = new FeatureflipClient({
          ...options,
          mode: "manual",
          store: redisStore(primary, { prefix: "replica:" }),
        });
        await writer.refresh();
        for (let wait = 0; (await replica.keys("replica:*:flags")).length === 0; wait++) {
          if (wait > 300) throw new Error("The replica stays empty");
          await sleep(100);
        }
        await writer.close();
        const reader = new FeatureflipClient({
          ...options,
          mode: "polling",
          pollInterval: 60_000,
          maxAge: 50,
          store: redisStore(replica, { prefix: "replica:" }),
          logger,
        });
        await reader.waitForInitialization();
        expectEqual(reader.status.source, "store", "source");
        await reader.refresh();
        await sleep(5500);
        await reader.refresh();
        expectTrue(reader.status.storeError?.message.includes("writing failed") === true, "storeError");
        expectEqual(reader.variation("a", {}, false), true, "value");
        expectEqual(lines.length, 1, `lines: ${lines.join(" | ")}`);
        expectTrue(lines[0]!.includes("READONLY"), lines[0]!);
        await reader.close();
      } finally {
        replica.disconnect();
        replicaServer.kill("SIGKILL");
        await server.close();
      }
    },
  }];
}
