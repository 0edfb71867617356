import { FeatureflipClient } from "@featureflip/sdk";
import { withFlags as withWorkerFlags } from "@featureflip/sdk/cloudflare";
import { featureflip } from "@featureflip/sdk/hono";
import { withFlags as withVercelFlags } from "@featureflip/sdk/vercel";
import { Hono } from "hono";
import type { Case } from "../case.ts";
import { expectEqual, expectTrue } from "../expect.ts";

/** The adapters on this host, against a real server on the loopback. */
export const adapterCases: readonly Case[] = [
  {
    name: "featureflip() serves concurrent requests, half of them with an execution context (contract §6.1)",
    async run({ origin }) {
      const bindings = { FEATUREFLIP_SDK_KEY: "sdk-hono", FEATUREFLIP_BASE_URL: origin };
      const app = new Hono()
        .use(featureflip({
          context: (c) => ({ user_id: c.req.query("user") }),
          clientOptions: { flushInterval: 100 },
        }))
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
  {
    name:
      "withFlags() gives a Worker's requests their flags, and their waitUntil what is left to do (contract §6.1)",
    async run({ origin }) {
      const works: Promise<unknown>[] = [];
      const execution = { waitUntil: (work: Promise<unknown>): void => void works.push(work) };
      const bindings = { FEATUREFLIP_SDK_KEY: "sdk-worker", FEATUREFLIP_BASE_URL: origin };
      const handler = withWorkerFlags((flags) => Response.json(flags.variation("greeting", "Hi")), {
        clientOptions: { mode: "lazy", maxAge: 1, flushInterval: 100 },
      });
      for (let request = 0; request < 3; request++) {
        const response = await handler(new Request("http://worker/"), bindings, execution);
        expectEqual(await response.json(), "Hello", "value");
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await Promise.all(works);
      expectTrue(works.length > 0, "nothing was handed to waitUntil");
    },
  },
  {
    name:
      "withFlags() hands what is recorded while a response streams to its request's waitUntil (contract §5)",
    async run({ origin }) {
      const works: Promise<unknown>[] = [];
      const execution = { waitUntil: (work: Promise<unknown>): void => void works.push(work) };
      const bindings = { FEATUREFLIP_SDK_KEY: "sdk-streamed", FEATUREFLIP_BASE_URL: origin };
      const client = new FeatureflipClient({
        sdkKey: bindings.FEATUREFLIP_SDK_KEY,
        baseUrl: origin,
        mode: "lazy",
        flushInterval: 100,
      });
      const handler = withWorkerFlags((flags) =>
        new Response(
          new ReadableStream({
            async start(controller) {
              await new Promise((resolve) => setTimeout(resolve, 5));
              controller.enqueue(new TextEncoder().encode(flags.variation("greeting", "Hi")));
              controller.close();
            },
          }),
        ), { client });
      const response = await handler(new Request("http://worker/"), bindings, execution);
      expectEqual(works.length, 1, "works before there is more to do than to load");
      expectEqual(await response.text(), "Hello", "value");
      await Promise.all(works);
      expectEqual(client.status.events.sent, 1, "events");
      await client.close();
    },
  },
  {
    name: "withFlags() of a Vercel function finds the platform's waitUntil by itself (contract §6.1)",
    async run({ origin }) {
      const works: Promise<unknown>[] = [];
      const waitUntil = (work: Promise<unknown>): void => void works.push(work);
      Reflect.set(globalThis, REQUEST_CONTEXT, { get: () => ({ waitUntil }) });
      try {
        const handler = withVercelFlags((flags) => Response.json(flags.variation("greeting", "Hi")), {
          clientOptions: {
            sdkKey: "sdk-vercel",
            baseUrl: origin,
            mode: "lazy",
            maxAge: 1,
            flushInterval: 100,
          },
        });
        for (let request = 0; request < 3; request++) {
          const response = await handler(new Request("http://function/"));
          expectEqual(await response.json(), "Hello", "value");
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        await Promise.all(works);
        expectTrue(works.length > 0, "nothing was handed to waitUntil");
      } finally {
        Reflect.deleteProperty(globalThis, REQUEST_CONTEXT);
      }
    },
  },
];

/** Where Vercel keeps what belongs to the request under way. */
const REQUEST_CONTEXT = Symbol.for("@vercel/request-context");
