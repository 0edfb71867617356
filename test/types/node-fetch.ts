/** What takes a `fetch` takes that of undici, beside the types of Node. */
import { fetch as undiciFetch, ProxyAgent } from "undici";
import type { FeatureflipOptions, Fetch } from "@featureflip/sdk";
import { redisOverHttp } from "@featureflip/sdk/redis";
import { edgeConfigStore } from "@featureflip/sdk/vercel";

/** Not `any`, which would fit everywhere. */
const isAny: 0 extends 1 & typeof undiciFetch ? true : false = false;

const own: Fetch = undiciFetch;
const nodes: Fetch = fetch;
const options: FeatureflipOptions = { fetch: undiciFetch };
const proxied: FeatureflipOptions = {
  fetch: (url, init) => undiciFetch(url, { ...init, dispatcher: new ProxyAgent("http://127.0.0.1:3128") }),
};
const redis = redisOverHttp({ url: "https://redis.example", token: "t", fetch: undiciFetch });
const store = edgeConfigStore({ get: () => Promise.resolve(null) }, {
  write: { token: "t", fetch: undiciFetch },
});
// @ts-expect-error: a fetch returns a promise
const wrong: Fetch = () => new Response();

export { isAny, nodes, options, own, proxied, redis, store, wrong };
