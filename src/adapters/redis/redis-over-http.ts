import type { SendRedisCommand } from "./redis-store.ts";

/** Where a Redis with a REST API is. */
export interface RedisOverHttpOptions {
  /** Its address, such as `UPSTASH_REDIS_REST_URL`. */
  readonly url: string;
  /** Its token, such as `UPSTASH_REDIS_REST_TOKEN`. */
  readonly token: string;
  /** The `fetch` to use; the runtime's by default. */
  readonly fetch?: typeof fetch;
}

/**
 * A Redis client of nothing but `fetch`, for places without sockets: it speaks the REST API of Upstash and its likes.
 *
 * @example
 * ```ts
 * import { redisOverHttp, redisStore } from "@featureflip/sdk/redis";
 *
 * const redis = redisOverHttp({ url: "https://redis.example", token: "…" });
 * const store = redisStore(redis);
 * console.log(typeof store.get); // "function"
 * ```
 */
export function redisOverHttp({ url, token, ...options }: RedisOverHttpOptions): SendRedisCommand {
  return async (command) => {
    // Unbound: workerd refuses a `fetch` that is called as some object's method.
    const fetch = options.fetch ?? globalThis.fetch;
    const response = await fetch(url, {
      method: "POST",
      headers: { "Authorization": `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify(command),
      redirect: "manual",
    });
    const reply = await response.json().catch(() => ({})) as { result?: unknown; error?: unknown };
    if (response.ok && reply.result !== undefined) return reply.result;
    throw new Error(`Redis answered ${response.status}${reply.error ? `: ${String(reply.error)}` : ""}`);
  };
}
