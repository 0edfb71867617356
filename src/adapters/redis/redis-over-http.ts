import { checkRequired, functionRule, textRule, urlRule } from "../../errors/check-option.ts";
import type { JsonFetch } from "../../runtime/fetch.ts";
import type { SendRedisCommand } from "./redis-store.ts";

/** Options of {@linkcode redisOverHttp}. */
export interface RedisOverHttpOptions {
  /** The URL of the REST API, such as `UPSTASH_REDIS_REST_URL`. */
  readonly url: string;
  /** Its access token, such as `UPSTASH_REDIS_REST_TOKEN`. */
  readonly token: string;
  /** The `fetch` to use; the runtime's by default. */
  readonly fetch?: JsonFetch | undefined;
}

/**
 * A Redis client that only needs `fetch`, for runtimes without sockets. It uses the REST API of Upstash and compatible ones.
 *
 * @throws {ConfigurationError} when `url` or `token` is missing, or an option is wrong or unknown.
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
export function redisOverHttp(options: RedisOverHttpOptions): SendRedisCommand {
  const rules = { url: urlRule(""), token: textRule(""), fetch: functionRule<JsonFetch>() };
  const { url, token, fetch: given } = checkRequired("use redisOverHttp()", options, rules, ["url", "token"]);
  return async (command) => {
    // Unbound: workerd refuses a `fetch` that is called as a method of another object.
    const fetch = given ?? globalThis.fetch as JsonFetch;
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
