import { MAX_LOCK_MS } from "../../contract/limits.ts";
import { checkOptions } from "../../errors/check-option.ts";
import { ConfigurationError } from "../../errors/configuration-error.ts";
import { kindOf } from "../../errors/format.ts";
import type { ReleaseLock, SnapshotStore } from "../../shared-store/shared-store.ts";
import { PREFIX, sharedStore } from "../stores/shared-store.ts";

/** Sends one command, such as `["GET", "key"]`, and resolves with the reply. */
export type SendRedisCommand = (command: readonly string[]) => Promise<unknown>;

/** The part of an `ioredis` client that a store needs. */
export interface IoRedisLike {
  /** Sends one command. */
  call(command: string, ...args: string[]): Promise<unknown>;
}

/** The part of a client of the package `redis` that a store needs; of a cluster's or a sentinel's client too. */
export interface NodeRedisLike {
  /** Sends one command. */
  sendCommand(...args: never[]): Promise<unknown>;
}

/** A Redis client: of `ioredis`, of `redis`, or a function that sends a command. */
export type RedisClient = IoRedisLike | NodeRedisLike | SendRedisCommand;

/** Options of {@linkcode redisStore}. */
export interface RedisStoreOptions {
  /** The beginning of all keys; `"featureflip:"` by default. */
  readonly prefix?: string | undefined;
}

/** Deletes a lock, unless it has expired and is another's by now. */
const RELEASE =
  `if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end return 0`;

/** Deletes a lock that ends too late or never: somebody else wrote it. */
const BREAK =
  `if redis.call("PTTL", KEYS[1]) == -1 or redis.call("PTTL", KEYS[1]) > tonumber(ARGV[1]) then return redis.call("DEL", KEYS[1]) end return 0`;

/**
 * Keeps snapshots in Redis, Valkey or anything that understands the same commands. One process at a time refreshes them. On a
 * Redis Cluster, the snapshot and its lock share a slot: their keys have one hash tag.
 *
 * @param client A client of `ioredis` or `redis`, a cluster's or a sentinel's too, or a function that sends a command.
 * @throws {ConfigurationError} when the client is not one of these, or an option is wrong or unknown.
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
  options: RedisStoreOptions = {},
): SnapshotStore {
  const { prefix } = checkOptions("use redisStore()", options, { prefix: PREFIX });
  const send = senderOf(client);
  return sharedStore({
    async get(name) {
      const text = await send("GET", prefix + name);
      if (text === null || typeof text === "string") return text;
      throw new TypeError(`Redis answered GET with ${kindOf(text)}`);
    },
    async set(name, text) {
      await send("SET", prefix + name, text);
    },
    async tryLock(name, ttl): Promise<ReleaseLock | null> {
      const key = prefix + name;
      const token = crypto.randomUUID();
      const lock = () => send("SET", key, token, "NX", "PX", String(Math.ceil(ttl)));
      if (await lock() === null) {
        const isBroken = await send("EVAL", BREAK, "1", key, String(MAX_LOCK_MS)) === 1;
        if (!isBroken || await lock() === null) return null;
      }
      return async () => {
        await send("EVAL", RELEASE, "1", key, token);
      };
    },
  });
}

function senderOf(client: RedisClient): (...command: string[]) => Promise<unknown> {
  if (typeof client === "function") return (...command) => client(command);
  // `ioredis` has a method `sendCommand` too, which takes something else.
  if (hasMethod(client, "call")) return (name = "", ...args) => (client as IoRedisLike).call(name, ...args);
  if (hasMethod(client, "sendCommand")) return nodeRedisSender(client as NodeRedisLike);
  throw new ConfigurationError(
    "client",
    "Cannot use redisStore(): 'client' must be a client of 'ioredis' or 'redis' or a function that sends a command, " +
      `but is ${kindOf(client)}`,
  );
}

/**
 * The cluster client of the package `redis` takes the key first, by which it finds the node, and whether a replica may answer;
 * its sentinel client takes the latter only.
 */
function nodeRedisSender(client: NodeRedisLike): (...command: string[]) => Promise<unknown> {
  const sender = client as { sendCommand(...args: unknown[]): Promise<unknown> };
  const isCluster = hasMethod(client, "nodeClient");
  const isSentinel = hasMethod(client, "acquire");
  return (...command) => {
    const [name, first, , third] = command;
    const key = name === "EVAL" ? third : first;
    return sender.sendCommand(...isCluster ? [key, false] : isSentinel ? [false] : [], command);
  };
}

function hasMethod(client: unknown, name: string): boolean {
  return typeof client === "object" && client !== null && typeof Reflect.get(client, name) === "function";
}
