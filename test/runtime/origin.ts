import { createEvaluationApi, serve } from "@featureflip/sdk/server";
import type { EvaluationServer, WireFlag } from "@featureflip/sdk/server";
import type { Vectors } from "./cases/conformance.ts";
import { SDK_KEYS, WRITE_TOKEN } from "./credentials.ts";

const GREETING: WireFlag = {
  key: "greeting",
  type: "String",
  enabled: true,
  variations: [{ key: "hello", value: "Hello" }, { key: "bye", value: "Bye" }],
  rules: [],
  fallthrough: { type: "Fixed", variation: "hello" },
  offVariation: "bye",
};

/** Starts a real server that every host can reach: a local Evaluation API, and the vectors at `/vectors.json`. */
export function startOrigin(vectors: readonly Vectors[]): Promise<EvaluationServer> {
  const api = createEvaluationApi({
    sdkKey: SDK_KEYS,
    writeToken: WRITE_TOKEN,
    environment: { flags: [GREETING] },
  });
  return serve({
    ...api,
    fetch: async (request) =>
      new URL(request.url).pathname === "/vectors.json" ? Response.json(vectors) : await api.fetch(request),
  });
}
