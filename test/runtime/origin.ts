import { createEvaluationApi, serve } from "@featureflip/sdk/server";
import type { EvaluationServer, WireFlag } from "@featureflip/sdk/server";
import type { Vectors } from "./cases/conformance.ts";
import { REDIS_TOKEN, SDK_KEYS, WRITE_TOKEN } from "./credentials.ts";
import { createFakeRedis } from "./fake-redis.ts";

const GREETING: WireFlag = {
  key: "greeting",
  type: "String",
  enabled: true,
  variations: [{ key: "hello", value: "Hello" }, { key: "bye", value: "Bye" }],
  rules: [],
  fallthrough: { type: "Fixed", variation: "hello" },
  offVariation: "bye",
};

/** Starts a real server that every host can reach: a local Evaluation API, `/vectors.json`, and a Redis at `/redis`. */
export function startOrigin(vectors: readonly Vectors[]): Promise<EvaluationServer> {
  const api = createEvaluationApi({
    sdkKeys: SDK_KEYS,
    writeToken: WRITE_TOKEN,
    environment: { flags: [GREETING] },
  });
  const redis = createFakeRedis(REDIS_TOKEN);
  return serve({
    ...api,
    async fetch(request) {
      switch (new URL(request.url).pathname) {
        case "/vectors.json":
          return Response.json(vectors);
        case "/redis":
          return await redis.fetch(request);
        default:
          return await api.fetch(request);
      }
    },
  });
}
