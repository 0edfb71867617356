import { createEvaluationApi, serve } from "@featureflip/sdk/server";
import type { EnvironmentFile } from "@featureflip/sdk/server";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { lastingPort } from "../../support/lasting-port.ts";
import { startProcess } from "./start-process.ts";

/** The probes of examples/readiness, by the paths that its deployment asks, while the service is away, is back, and goes. */
export async function checkReadiness(environment: EnvironmentFile): Promise<void> {
  const deployment = await readFile("examples/readiness/deployment.yaml", "utf8");
  const [live, ready] = [...deployment.matchAll(/path: (\S+),/g)].map(([, path]) => path!);

  const sdkKey = "sdk-readiness";
  const port = await lastingPort();
  const command = [process.execPath, "examples/readiness/server.js"] as const;
  const env = { FEATUREFLIP_SDK_KEY: sdkKey, FEATUREFLIP_BASE_URL: `http://127.0.0.1:${port}` };
  await using example = await startProcess(command, env);
  async function expectProbes(when: string, ...expected: readonly [number, number]): Promise<void> {
    const found = await Promise.all(
      [live, ready].map(async (path) => (await fetch(example.url + path)).status),
    );
    if (found.join() !== expected.join()) {
      throw new Error(`${when}: ${found.join()} and not ${expected.join()}`);
    }
  }

  await expectProbes("before", 200, 503);
  const server = await serve(createEvaluationApi({ environment, sdkKeys: [sdkKey] }), { port });
  // It may have failed so often by now that it waits for half a minute.
  for (let wait = 0; (await fetch(example.url + ready)).status !== 200 && wait < 1_000; wait++) {
    await sleep(50);
  }
  await expectProbes("meanwhile", 200, 200);
  await server.close();
  await expectProbes("after", 200, 200);
  await example.stop();
}
