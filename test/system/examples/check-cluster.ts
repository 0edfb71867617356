import { createEvaluationApi, serve } from "@featureflip/sdk/server";
import type { EnvironmentFile } from "@featureflip/sdk/server";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { startProcess } from "./start-process.ts";

const REQUESTS = 20;

/** All processes of examples/node-cluster open one stream to the service, and no event is lost when they end. */
export async function checkCluster(environment: EnvironmentFile): Promise<void> {
  const sdkKey = "sdk-cluster";
  const api = createEvaluationApi({ environment, sdkKeys: [sdkKey] });
  const asked: string[] = [];
  const fetch = (request: Request): Promise<Response> => {
    asked.push(new URL(request.url).pathname);
    return api.fetch(request);
  };
  const server = await serve({ fetch, close: () => api.close() });
  const command = [process.execPath, "examples/node-cluster/server.js"] as const;
  await using example = await startProcess(command, {
    FEATUREFLIP_SDK_KEY: sdkKey,
    FEATUREFLIP_BASE_URL: server.url,
  });
  // Until the other processes are there as well.
  await sleep(500);
  for (let request = 0; request < REQUESTS; request++) await example.themeOf(`joan-${request}`);
  await example.stop();

  const arrived = new Set(api.events.map(({ userId }) => userId)).size;
  await server.close();
  if (arrived !== REQUESTS) throw new Error(`Of the events of ${REQUESTS} requests ${arrived} arrived`);
  const configuration = asked.filter((path) => !path.endsWith("/events"));
  if (configuration.join() !== "/v1/sdk/stream") {
    throw new Error(`The service was asked for ${configuration.join()}`);
  }
}
