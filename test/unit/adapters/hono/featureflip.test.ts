import type { AnyFlags } from "../../../../src/client/typed-flags.ts";
import { Hono } from "hono";
import type { Context } from "hono";
import { describe, expect, expectTypeOf, it } from "vitest";
import { featureflip, ofrep } from "../../../../src/adapters/hono/mod.ts";
import type { FeatureflipVariables } from "../../../../src/adapters/hono/mod.ts";
import { FeatureflipClient } from "../../../../src/client/client.ts";
import type { ContextClient } from "../../../../src/client/context-client.ts";
import { createEvaluationApi, serve } from "../../../../src/server/mod.ts";
import { createOfrepHandler } from "../../../../src/server/ofrep/mod.ts";
import { createRecordingLogger } from "../../../support/recording-logger.ts";
import { until } from "../../../support/until.ts";
import { wireFlag } from "../../../support/wire.ts";

let keys = 0;

/** A key that no core has yet. */
function newKey(): string {
  return `sdk-hono-${++keys}`;
}

function createService(sdkKey: string) {
  return createEvaluationApi({
    sdkKeys: [sdkKey],
    environment: {
      flags: [
        wireFlag("dark-mode", {
          rules: [{
            id: "ada",
            conditionGroups: [{
              operator: "And",
              conditions: [{ attribute: "user_id", operator: "Equals", values: ["ada"] }],
            }],
            serve: { type: "Fixed", variation: "on" },
          }],
          fallthrough: { type: "Fixed", variation: "off" },
        }),
      ],
    },
    hosts: ["service"],
  });
}

function fetchOf(service: { readonly fetch: (request: Request) => Promise<Response> }): typeof fetch {
  return (input, init) => service.fetch(new Request(input, init));
}

/** An execution context that keeps what it is given. */
function createExecution() {
  const works: Promise<unknown>[] = [];
  return {
    works,
    waitUntil: (work: Promise<unknown>): void => void works.push(work),
    passThroughOnException(): void {},
    props: {},
  };
}

describe("featureflip()", () => {
  it("sets c.var.flags, bound to the request's context and typed", async () => {
    const client = FeatureflipClient.forTesting({ "dark-mode": true });
    const app = new Hono()
      .use(featureflip({ client, context: async (c) => ({ user_id: await c.req.query("user") }) }))
      .get("/", (c) => {
        expectTypeOf(c.var.flags).toEqualTypeOf<ContextClient>();
        return c.json([c.var.flags.variation("dark-mode", false), c.var.flags.context.user_id]);
      });
    expect(await (await app.request("/?user=ada")).json()).toEqual([true, "ada"]);
  });

  it("goes with an app that names its own bindings and variables", async () => {
    interface Bindings {
      readonly REGION: string;
    }
    const app = new Hono<{ Bindings: Bindings; Variables: FeatureflipVariables & { name: string } }>();
    const client = FeatureflipClient.forTesting({ "dark-mode": true });
    app.use(
      featureflip<AnyFlags, { Bindings: Bindings }>({ client, context: (c) => ({ region: c.env.REGION }) }),
    );
    app.get("/", (c) => c.text(String(c.var.flags.context.region)));
    expect(await (await app.request("/", {}, { REGION: "eu" })).text()).toBe("eu");
  });

  it("knows the bindings by the type of the context's parameter", async () => {
    interface Bindings {
      readonly REGION: string;
    }
    const client = FeatureflipClient.forTesting({ "dark-mode": true });
    const app = new Hono<{ Bindings: Bindings }>()
      .use(
        featureflip({
          client,
          context: (c: Context<{ Bindings: Bindings }>) => ({ region: c.env.REGION.trim() }),
        }),
      )
      .get("/", (c) => {
        expectTypeOf(c.var.flags).toEqualTypeOf<ContextClient>();
        return c.text(`${c.env.REGION} ${c.var.flags.context.region}`);
      });
    expect(await (await app.request("/", {}, { REGION: "eu " })).text()).toBe("eu  eu");
  });

  it("makes one client for each SDK key of the bindings, with the options asked for each time", async () => {
    const [first, second] = [newKey(), newKey()];
    const services = new Map([first, second].map((key) => [key, createService(key)]));
    const asked: string[] = [];
    const logger = createRecordingLogger();
    const app = new Hono<{ Bindings: { FEATUREFLIP_SDK_KEY: string; FEATUREFLIP_BASE_URL: string } }>()
      .use(featureflip<AnyFlags, { Bindings: { FEATUREFLIP_SDK_KEY: string } }>({
        context: (c) => ({ user_id: c.req.query("user") }),
        clientOptions: (c) => {
          asked.push(c.env.FEATUREFLIP_SDK_KEY);
          return { mode: "lazy", fetch: fetchOf(services.get(c.env.FEATUREFLIP_SDK_KEY)!), logger };
        },
      }))
      .get("/", (c) => c.json(c.var.flags.variation("dark-mode", false)));
    const ask = async (key: string, user: string): Promise<unknown> => {
      const env = { FEATUREFLIP_SDK_KEY: key, FEATUREFLIP_BASE_URL: "http://service" };
      return await (await app.request(`/?user=${user}`, {}, env, createExecution())).json();
    };
    expect(await ask(first, "ada")).toBe(true);
    services.get(second)!.patchFlag("dark-mode", { enabled: false });
    expect(await ask(second, "ada")).toBe(false);
    expect(await ask(first, "ada")).toBe(true);
    expect(await ask(first, "grace")).toBe(false);
    expect(asked).toEqual([first, second, first, first]);
  });

  it("sees one version of the flags throughout a request", async () => {
    const client = FeatureflipClient.forTesting({ "dark-mode": true });
    const app = new Hono().use(featureflip({ client })).get("/", (c) => {
      const before = c.var.flags.variation("dark-mode", false);
      client.setTestValue("dark-mode", false);
      return c.json([before, c.var.flags.variation("dark-mode", false)]);
    });
    expect(await (await app.request("/")).json()).toEqual([true, true]);
    expect(await (await app.request("/")).json()).toEqual([false, false]);
  });

  it("serves defaults when the service does not answer, and fails no request (contract §6.1)", async () => {
    const logger = createRecordingLogger();
    const hangs: typeof fetch = () => new Promise<Response>(() => {});
    const app = new Hono()
      .use(
        featureflip({ clientOptions: { sdkKey: newKey(), mode: "lazy", fetch: hangs, logger }, timeout: 50 }),
      )
      .get("/", (c) => c.json(c.var.flags.variation("dark-mode", "default")));
    const responses = await Promise.all([app.request("/"), app.request("/")]);
    for (const response of responses) {
      expect(response.status).toBe(200);
      expect(await response.json()).toBe("default");
    }
  });

  it("serves defaults without an SDK key, and says so once", async () => {
    const logger = createRecordingLogger();
    const app = new Hono()
      .use(featureflip({ clientOptions: { sdkKey: " ", logger } }))
      .get("/", (c) => c.json(c.var.flags.variation("dark-mode", "default")));
    for (let request = 0; request < 3; request++) expect((await app.request("/")).status).toBe(200);
    const errors = logger.lines.filter((line) => line.startsWith("error"));
    expect(errors).toEqual([
      expect.stringMatching(
        /Cannot create the client, every flag serves its default: .* 'sdkKey' is (missing|empty)/,
      ),
    ]);
  });

  it("does not wait for a client that has failed already where there is a background", async () => {
    const logger = createRecordingLogger();
    const refuses: typeof fetch = () => Promise.reject(new TypeError("refused"));
    const client = new FeatureflipClient({ sdkKey: newKey(), fetch: refuses, logger });
    await until(() => client.status.state === "ERROR");
    const app = new Hono()
      .use(featureflip({ client, timeout: 20_000 }))
      .get("/", (c) => c.json(c.var.flags.variation("dark-mode", "default")));
    const start = performance.now();
    expect(await (await app.request("/")).json()).toBe("default");
    expect(performance.now() - start).toBeLessThan(5_000);
    await client.close();
  });

  it("hands refreshes to the request's own waitUntil, and waits for none of them (contract §6.1)", async () => {
    const sdkKey = newKey();
    const service = createService(sdkKey);
    const app = new Hono()
      .use(featureflip({
        clientOptions: {
          sdkKey,
          mode: "lazy",
          baseUrl: "http://service",
          fetch: fetchOf(service),
          maxAge: 200,
          logger: createRecordingLogger(),
        },
      }))
      .get("/", (c) => c.json(c.var.flags.variation("dark-mode", false, { track: false })));
    const first = createExecution();
    await app.request("/", {}, {}, first);
    expect(first.works, "the load, should the client go away").toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 1_010)); // a load begins once a second at most
    const second = createExecution();
    await app.request("/", {}, {}, second);
    expect(second.works, "refreshed behind it").toHaveLength(1);
    await Promise.all(second.works);
  });

  it("closes over no request: works on a real server of this runtime", async () => {
    const sdkKey = newKey();
    const api = createService(sdkKey);
    const service = await serve(
      createEvaluationApi({ sdkKeys: [sdkKey], environment: { flags: api.snapshot.flags } }),
    );
    const client = new FeatureflipClient({ sdkKey, baseUrl: service.url });
    const app = new Hono()
      .use(featureflip({ client, context: (c) => ({ user_id: c.req.query("user") }) }))
      .get("/", (c) => c.json(c.var.flags.variation("dark-mode", false)));
    const server = await serve({ fetch: async (request) => await app.fetch(request), close() {} });
    const users = Array.from({ length: 50 }, (_, index) => index % 2 === 0 ? "ada" : "grace");
    const answers = await Promise.all(
      users.map(async (user) => await (await fetch(`${server.url}/?user=${user}`)).json()),
    );
    expect(answers).toEqual(users.map((user) => user === "ada"));
    await server.close();
    await client.close();
    await service.close();
  });
});

describe("ofrep()", () => {
  interface Bindings {
    readonly FEATUREFLIP_SDK_KEY: string;
    readonly REGION: string;
  }

  it("serves OFREP with client and options from the bindings, and the work after it to the execution", async () => {
    const sdkKey = newKey();
    const app = new Hono<{ Bindings: Bindings }>();
    app.all(
      "/ofrep/*",
      ofrep(createOfrepHandler, {
        clientKeys: ["client-web"],
        flags: ["dark-mode"],
        clientOptions: (c: Context<{ Bindings: Bindings }>) => {
          expect(c.env.REGION).toBe("eu");
          return {
            mode: "lazy",
            flushInterval: 50,
            baseUrl: "http://service",
            fetch: fetchOf(createService(sdkKey)),
            logger: createRecordingLogger(),
          };
        },
      }),
    );
    const execution = createExecution();
    const response = await app.request(
      "http://app/ofrep/v1/evaluate/flags",
      {
        method: "POST",
        headers: { "content-type": "application/json", "x-api-key": "client-web" },
        body: JSON.stringify({ context: { targetingKey: "ada" } }),
      },
      { FEATUREFLIP_SDK_KEY: sdkKey, REGION: "eu" },
      execution,
    );
    expect((await response.json()).flags).toMatchObject([{ key: "dark-mode", value: true }]);
    expect(execution.works.length).toBeGreaterThan(0);
    await Promise.all(execution.works);
  });
});
