import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import type { Vectors } from "./cases/conformance.ts";

/** A server on the loopback of the machine that every host can reach. */
export interface Origin extends AsyncDisposable {
  readonly url: string;
}

/** Starts the origin: the vectors at `/vectors.json`, the Evaluation API at `/v1/sdk`. */
export async function startOrigin(vectors: readonly Vectors[]): Promise<Origin> {
  const server = serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) =>
      new URL(request.url).pathname === "/vectors.json" ? Response.json(vectors) : evaluationApi(request),
  });
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose](): Promise<void> {
      const closed = once(server, "close");
      server.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
      await closed;
    },
  };
}

/** One flag behind a key; any other key is rejected. */
function evaluationApi(request: Request): Response {
  if (request.headers.get("authorization") !== "sdk-runtime-suite") {
    return Response.json({ error: "Invalid SDK key" }, { status: 401 });
  }
  if (new URL(request.url).pathname !== "/v1/sdk/flags") {
    return Response.json({ error: "Not found" }, { status: 404 });
  }
  return Response.json({
    environment: "runtime-suite",
    version: 1,
    flags: [{
      key: "greeting",
      version: 1,
      type: "String",
      enabled: true,
      variations: [{ key: "hello", value: "Hello" }, { key: "off", value: "" }],
      rules: [],
      fallthrough: { type: "Fixed", variation: "hello" },
      offVariation: "off",
      prerequisites: [],
    }],
    segments: [],
  });
}
