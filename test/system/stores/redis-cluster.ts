import { redisStore } from "@featureflip/sdk/redis";
import type { RedisClient } from "@featureflip/sdk/redis";
import { Cluster, Redis } from "ioredis";
import { setTimeout as sleep } from "node:timers/promises";
import { createCluster } from "redis";
import { expectEqual } from "../../runtime/expect.ts";
import { isFree, lastingPort } from "../../support/lasting-port.ts";
import { sharedStoreCases } from "../../support/suites/shared-store.ts";
import type { StoreCase } from "../../support/suites/shared-store.ts";

/** A Redis that can be ended. */
export interface RedisServer {
  kill(): void;
}

/** All slots of a cluster. */
const SLOTS = 16_384;

const NODES = 3;

/**
 * The contract suite on a Redis Cluster of three nodes, with the cluster clients of both packages. It fails with `CROSSSLOT` or
 * `MOVED` if a command does not go to the node that has its key.
 *
 * @param start Starts a server on a port, with more arguments.
 */
export async function withRedisCluster<T>(
  start: (port: number, args: readonly string[]) => Promise<RedisServer>,
  run: (cases: readonly StoreCase[]) => Promise<T>,
): Promise<T> {
  const servers: RedisServer[] = [];
  const ports: number[] = [];
  const admins: Redis[] = [];
  try {
    for (let index = 0; index < NODES; index++) {
      // The bus listens 10,000 above the port.
      let port = await lastingPort();
      while (port > 55_000 || !await isFree(port + 10_000)) port = await lastingPort();
      const args = ["--cluster-enabled", "yes", "--cluster-config-file", `nodes-${port}.conf`];
      servers.push(await start(port, args));
      ports.push(port);
      admins.push(new Redis({ host: "127.0.0.1", port }));
    }
    const share = Math.ceil(SLOTS / NODES);
    for (const [index, admin] of admins.entries()) {
      const last = Math.min((index + 1) * share, SLOTS) - 1;
      await admin.call("CLUSTER", "ADDSLOTSRANGE", String(index * share), String(last));
      if (index > 0) await admin.call("CLUSTER", "MEET", "127.0.0.1", String(ports[0]));
    }
    for (const admin of admins) {
      for (let wait = 0; !String(await admin.call("CLUSTER", "INFO")).includes("cluster_state:ok"); wait++) {
        if (wait > 300) throw new Error("The cluster does not form");
        await sleep(100);
      }
    }
    const ioredis = new Cluster(ports.map((port) => ({ host: "127.0.0.1", port })));
    const nodeRedis = createCluster({
      rootNodes: ports.map((port) => ({ url: `redis://127.0.0.1:${port}` })),
    });
    nodeRedis.on("error", () => {});
    await nodeRedis.connect();
    try {
      const clients: Readonly<Record<string, RedisClient>> = { "ioredis": ioredis, "redis": nodeRedis };
      const cases = Object.entries(clients).flatMap(([name, client]) =>
        sharedStoreCases({
          open: () => redisStore(client, { prefix: `${name}:` }),
          abilities: ["set", "tryLock"],
        }).map((each) => ({ ...each, name: `a cluster's client of ${name}: ${each.name}` }))
      );
      return await run([...cases, {
        name: "a snapshot and its lock have one slot",
        async run() {
          const [admin] = admins;
          const slots = await Promise.all(
            ["flags", "lock"].map((name) =>
              admin!.call("CLUSTER", "KEYSLOT", `featureflip:{0123456789abcdef}:${name}`)
            ),
          );
          expectEqual(slots[0], slots[1], "slot");
        },
      }]);
    } finally {
      ioredis.disconnect();
      nodeRedis.destroy();
    }
  } finally {
    for (const admin of admins) admin.disconnect();
    for (const server of servers) server.kill();
  }
}
