import { featureflip } from "@featureflip/sdk/hono";
import { Hono } from "hono";
import type { Case } from "../case.ts";
import { expectEqual } from "../expect.ts";

/** The Hono middleware on this host, against a real server on the loopback. */
export const honoCases: readonly Case[] = [
  {
    name: "featureflip() serves concurrent requests, half of them with an execution context (contract §6.1)",
    async run({ origin }) {
      const bindings = { FEATUREFLIP_SDK_KEY: "sdk-hono", FEATUREFLIP_BASE_URL: origin };
      const app = new Hono()
        .use(featureflip({ context: (c) => ({ user_id: c.req.query("user") }) }))
        .get("/", (c) => c.json([c.var.flags.context.user_id, c.var.flags.variation("greeting", "Hi")]));
      const works: Promise<unknown>[] = [];
      const execution = {
        waitUntil: (work: Promise<unknown>): void => void works.push(work),
        passThroughOnException(): void {},
        props: {},
      };
      const answers = await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          const context = index % 2 === 0 ? execution : undefined;
          return await (await app.request(`/?user=${index}`, {}, bindings, context)).json();
        }),
      );
      await Promise.all(works);
      expectEqual(answers, Array.from({ length: 20 }, (_, index) => [String(index), "Hello"]), "answers");
    },
  },
];
