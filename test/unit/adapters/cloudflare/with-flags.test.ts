import type { AnyFlags } from "../../../../src/client/typed-flags.ts";
import { describe, expect, it } from "vitest";
import { ofrep, withFlags } from "../../../../src/adapters/cloudflare/mod.ts";
import { FeatureflipClient } from "../../../../src/client/client.ts";
import { createEvaluationApi } from "../../../../src/server/mod.ts";
import { createOfrepHandler } from "../../../../src/server/ofrep/mod.ts";
import { createRecordingLogger } from "../../../support/recording-logger.ts";
import { wireFlag } from "../../../support/wire.ts";

interface Bindings {
  readonly FEATUREFLIP_SDK_KEY?: string;
  readonly REGION: string;
}

const request = new Request("http://worker/?user=ada");
const nothing = { waitUntil(): void {} };

describe("withFlags() of a Worker", () => {
  it("hands over flags, request, bindings and execution", async () => {
    const client = FeatureflipClient.forTesting({ "dark-mode": true });
    const handler = withFlags<AnyFlags, Bindings>(
      (flags, { url }, env, execution) =>
        Response.json([
          flags.variation("dark-mode", false),
          flags.context,
          url,
          env.REGION,
          execution === nothing,
        ]),
      {
        client,
        context: ({ url }, env) => ({ user_id: new URL(url).searchParams.get("user"), in: env.REGION }),
      },
    );
    const response = await handler(request, { REGION: "eu" }, nothing);
    expect(await response.json()).toEqual([true, { user_id: "ada", in: "eu" }, request.url, "eu", true]);
  });

  it("makes its client from the bindings, with the options asked for then", async () => {
    const sdkKey = "sdk-with-flags";
    const logger = createRecordingLogger();
    const service = createEvaluationApi({
      sdkKeys: [sdkKey],
      environment: { flags: [wireFlag("dark-mode")] },
      hosts: ["eval.featureflip.io"],
    });
    const handler = withFlags<AnyFlags, Bindings>(
      (flags) => Response.json(flags.variation("dark-mode", false)),
      {
        clientOptions: (_request, env) => {
          expect(env.REGION).toBe("eu");
          return { mode: "lazy", fetch: (input, init) => service.fetch(new Request(input, init)), logger };
        },
      },
    );
    const env = { FEATUREFLIP_SDK_KEY: sdkKey, REGION: "eu" };
    expect(await (await handler(request, env, nothing)).json()).toBe(true);
    expect(logger.lines).toEqual([]);
  });

  it("serves each tenant by the flags of its own SDK key, and sends its events there (contract §6)", async () => {
    const tenants = ["sdk-tenant-acme", "sdk-tenant-globex"].map((sdkKey) => {
      const enabled = sdkKey.endsWith("acme");
      return {
        sdkKey,
        service: createEvaluationApi({
          sdkKeys: [sdkKey],
          environment: { flags: [wireFlag("dark-mode", { enabled })] },
          hosts: ["eval.featureflip.io"],
        }),
      };
    });
    const works: Promise<unknown>[] = [];
    const handler = withFlags((flags) => Response.json(flags.variation("dark-mode", false)), {
      context: ({ url }) => ({ user_id: new URL(url).searchParams.get("tenant") }),
      clientOptions({ url }) {
        const { sdkKey, service } = tenants[Number(new URL(url).searchParams.get("tenant"))]!;
        const fetch = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> =>
          service.fetch(new Request(input, init));
        return { sdkKey, mode: "lazy", fetch, flushInterval: 1, logger: createRecordingLogger() };
      },
    });
    const execution = { waitUntil: (work: Promise<unknown>): void => void works.push(work) };
    for (const tenant of [0, 1, 0, 1]) {
      const response = await handler(new Request(`http://worker/?tenant=${tenant}`), {}, execution);
      expect(await response.json()).toBe(tenant === 0);
    }
    await Promise.all(works);
    for (const [tenant, { service }] of tenants.entries()) {
      const users = service.events.map(({ userId }) => userId);
      expect(users).toEqual([`${tenant}`, `${tenant}`]);
    }
  });

  it("serves defaults where the options are wrong, the logger's included (contract §6.1)", async () => {
    const logger = {} as ReturnType<typeof createRecordingLogger>;
    const handler = withFlags((flags) => Response.json(flags.variation("dark-mode", false)), {
      clientOptions: { sdkKey: "sdk-with-flags", logger },
    });
    expect(await (await handler(request, {}, nothing)).json()).toBe(false);
  });

  it("finds bindings and execution as a method of a class entrypoint", async () => {
    const works: Promise<unknown>[] = [];
    const seen: unknown[] = [];
    class Entrypoint {
      readonly env = { FEATUREFLIP_SDK_KEY: "sdk-class" };
      readonly ctx = { waitUntil: (work: Promise<unknown>): void => void works.push(work) };
      readonly fetch = withFlags((flags, _request, env, execution) => {
        seen.push(env === this.env, execution === this.ctx);
        return Response.json(flags.variation("dark-mode", false));
      }, {
        clientOptions: {
          mode: "lazy",
          fetch: () => Promise.reject(new Error("away")),
          bootstrap: { environment: "e", version: 1, flags: [wireFlag("dark-mode")], segments: [] },
          logger: createRecordingLogger(),
        },
      }) as (request: Request) => Promise<Response>;
    }
    const response = await new Entrypoint().fetch(request);
    expect(await response.json()).toBe(true);
    expect(seen).toEqual([true, true]);
    expect(works.length).toBeGreaterThan(0);
  });

  it("serves flags where nothing can be found", async () => {
    const client = FeatureflipClient.forTesting({ "dark-mode": true });
    const handler = withFlags((flags) => Response.json(flags.variation("dark-mode", false)), { client });
    const detached = handler as (request: Request) => Promise<Response>;
    expect(await (await detached(request)).json()).toBe(true);
  });

  it("leaves an error of the handler to its caller", async () => {
    const client = FeatureflipClient.forTesting({});
    const handler = withFlags(() => Promise.reject(new RangeError("mine")), { client });
    await expect(handler(request, {}, nothing)).rejects.toThrow("mine");
  });
});

describe("ofrep() of a Worker", () => {
  const ask = (): Request =>
    new Request("http://worker/ofrep/v1/evaluate/flags/dark-mode", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: `{"context":{"targetingKey":"ada"}}`,
    });

  it("serves OFREP with client and options from the bindings, also as a method of a class entrypoint", async () => {
    const sdkKey = "sdk-worker-ofrep";
    const service = createEvaluationApi({
      sdkKeys: [sdkKey],
      environment: { flags: [wireFlag("dark-mode")] },
      hosts: ["eval.featureflip.io"],
    });
    const works: Promise<unknown>[] = [];
    const execution = { waitUntil: (work: Promise<unknown>): void => void works.push(work) };
    const env: Bindings = { FEATUREFLIP_SDK_KEY: sdkKey, REGION: "eu" };
    const fetch = ofrep(createOfrepHandler, {
      public: true,
      flags: ["dark-mode"],
      clientOptions: (_request: Request, { REGION }: Bindings) => {
        expect(REGION).toBe("eu");
        return {
          mode: "lazy",
          flushInterval: 50,
          fetch: (input, init) => service.fetch(new Request(input, init)),
          logger: createRecordingLogger(),
        };
      },
    });
    expect(await (await fetch(ask(), env, execution)).json()).toMatchObject({ value: true });
    expect(works.length).toBeGreaterThan(0);
    const entrypoint = { env, ctx: execution, fetch: fetch as (request: Request) => Promise<Response> };
    expect(await (await entrypoint.fetch(ask())).json()).toMatchObject({ value: true });
    await Promise.all(works);
  });
});
