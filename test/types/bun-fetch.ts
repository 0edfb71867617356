/** What takes a `fetch` takes Bun's, and one that has none of what Bun adds to it. */
import type { FeatureflipOptions, Fetch } from "@featureflip/sdk";
import { redisOverHttp } from "@featureflip/sdk/redis";
import { createEvaluationApi } from "@featureflip/sdk/server";

/** These are the types of Bun, whose `fetch` has a method. */
const preconnect: (url: string) => void = fetch.preconnect;

const api = createEvaluationApi({ sdkKeys: ["sdk-key"], environment: { flags: [] } });
const own: Fetch = fetch;
const options: FeatureflipOptions = { fetch };
const inMemory: FeatureflipOptions = { fetch: (input, init) => api.fetch(new Request(input, init)) };
const redis = redisOverHttp({ url: "https://redis.example", token: "t", fetch });

export { inMemory, options, own, preconnect, redis };
