import { createEvaluationApi, serve } from "@featureflip/sdk/server";
import process from "node:process";
import environment from "../../../examples/environment.json" with { type: "json" };
import { expectEqual, expectTrue } from "../../runtime/expect.ts";
import type { StoreCase } from "../../support/suites/shared-store.ts";
import { startProcess } from "../examples/start-process.ts";

const POLL_INTERVAL = 1000;
const ROUNDS = 5;

/** The example of Node servers that share a Redis, which needs one. */
export function redisServerCases(redisUrl: string): StoreCase[] {
  return [{
    name: "examples/node-redis: two servers follow a flag at the cost of one, and all their events arrive",
    async run() {
      const sdkKey = "sdk-redis-servers";
      const api = createEvaluationApi({ environment, sdkKeys: [sdkKey] });
      const fetchedAt: number[] = [];
      const server = await serve({
        async fetch(request) {
          if (request.url.endsWith("/v1/sdk/flags")) fetchedAt.push(Date.now());
          return await api.fetch(request);
        },
        close: () => api.close(),
      });
      const env = {
        FEATUREFLIP_SDK_KEY: sdkKey,
        FEATUREFLIP_BASE_URL: server.url,
        REDIS_URL: redisUrl,
        POLL_INTERVAL: String(POLL_INTERVAL),
      };
      const command = [process.execPath, "examples/node-redis/server.js"] as const;
      const setDarkMode = (enabled: boolean): void => {
        api.patchFlag("dark-mode", { enabled, rules: [], fallthrough: { type: "Fixed", variation: "on" } });
      };
      try {
        setDarkMode(true);
        await using one = await startProcess(command, env);
        await using other = await startProcess(command, env);
        const users: string[] = [];
        const themes = async (): Promise<string[]> => {
          const user = `user-${users.length}`;
          users.push(user, user);
          return await Promise.all([one.themeOf(user), other.themeOf(user)]);
        };
        expectEqual(await themes(), ["dark\n", "dark\n"], "while the flag is on");
        const start = Date.now();
        await sleep(ROUNDS * POLL_INTERVAL);
        const during = fetchedAt.filter((at) => at >= start).length;
        const intervals = (Date.now() - start) / POLL_INTERVAL;
        // Two that poll by themselves would ask twice as often.
        expectTrue(during >= 1 && during <= intervals + 2, `${during} fetches in ${intervals} intervals`);

        setDarkMode(false);
        for (let wait = 0; (await themes()).join("") !== "light\nlight\n"; wait++) {
          if (wait > 100) throw new Error("They do not see that the flag is off");
          await sleep(50);
        }
        await one.stop();
        await other.stop();
        const arrived = api.events.filter(({ userId = "" }) => userId.startsWith("user-")).length;
        expectEqual(arrived, users.length, "events");
      } finally {
        await server.close();
      }
    },
  }];
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
