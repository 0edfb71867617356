import type { ReleaseLock, SharedStore } from "../../shared-store/shared-store.ts";

/** Sends one command, such as `["GET", "featureflip"]`, and resolves with the reply. */
export type SendRedisCommand = (command: readonly string[]) => Promise<unknown>;

/** As much of an `ioredis` client as a store needs. */
export interface IoRedisLike {
  /** Sends one command. */
  call(command: string, ...args: string[]): Promise<unknown>;
}

/** As much of a client of the package `redis` as a store needs. */
export interface NodeRedisLike {
  /** Sends one command. */
  sendCommand(command: string[]): Promise<unknown>;
}

/** A Redis client: of `ioredis`, of `redis`, or a function that sends a command. */
export type RedisClient = IoRedisLike | NodeRedisLike | SendRedisCommand;

/** How a {@linkcode redisStore} is told where. */
export interface RedisStoreOptions {
  /** The name of the snapshot; that of its lock is the same with `:lock` behind. `"featureflip"` by default. */
  readonly key?: string;
}

/** A lock that has expired meanwhile may be another's by now. */
const RELEASE =
  `if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end return 0`;

/**
 * Keeps a snapshot in Redis, or what speaks like it. One process at a time refreshes it.
 *
 * @example
 * ```ts ignore
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { redisStore } from "@featureflip/sdk/redis";
 * import { Redis } from "ioredis";
 *
 * const client = new FeatureflipClient({ store: redisStore(new Redis()) });
 * ```
 */
export function redisStore(
  client: RedisClient,
  { key = "featureflip" }: RedisStoreOptions = {},
): SharedStore {
  const lockKey = `${key}:lock`;
  async function send(...command: string[]): Promise<unknown> {
    if (typeof client === "function") return await client(command);
    if ("sendCommand" in client && !("call" in client)) return await client.sendCommand(command);
    const [name = "", ...args] = command;
    return await (client as IoRedisLike).call(name, ...args);
  }
  return {
    async get() {
      const text = await send("GET", key);
      if (text === null || typeof text === "string") return text;
      throw new TypeError(`Redis answered GET with a ${typeof text}`);
    },
    async set(text) {
      await send("SET", key, text);
    },
    async tryLock(ttl): Promise<ReleaseLock | null> {
      const token = crypto.randomUUID();
      if (await send("SET", lockKey, token, "NX", "PX", String(Math.ceil(ttl))) === null) return null;
      return async () => {
        await send("EVAL", RELEASE, "1", lockKey, token);
      };
    },
  };
}
