import { describe, expect, it } from "vitest";
import { ofrep, withFlags } from "../../../../src/adapters/vercel/mod.ts";
import { FeatureflipClient } from "../../../../src/client/client.ts";
import { createEvaluationApi } from "../../../../src/server/mod.ts";
import { createOfrepHandler } from "../../../../src/server/ofrep/mod.ts";
import { createRecordingLogger } from "../../../support/recording-logger.ts";
import { wireFlag } from "../../../support/wire.ts";

const request = new Request("http://edge/?user=ada");

describe("withFlags() of a Vercel function", () => {
  it("hands over flags and request", async () => {
    const client = FeatureflipClient.forTesting({ "dark-mode": true });
    const handler = withFlags(
      (flags, { url }) => Response.json([flags.variation("dark-mode", false), flags.context, url]),
      { client, context: ({ url }) => Promise.resolve({ user_id: new URL(url).searchParams.get("user") }) },
    );
    const response = await handler(request);
    expect(await response.json()).toEqual([true, { user_id: "ada" }, request.url]);
  });

  it("hands over what the platform has beside the request, such as the parameters of a route", async () => {
    const client = FeatureflipClient.forTesting({ "dark-mode": true });
    const handler = withFlags(
      (flags, _request, { params }: { readonly params: { readonly id: string } }) =>
        Response.json([flags.variation("dark-mode", false), flags.context, params.id]),
      { client, context: (_request, { params }) => ({ user_id: params.id }) },
    );
    const response = await handler(request, { params: { id: "ada" } });
    expect(await response.json()).toEqual([true, { user_id: "ada" }, "ada"]);
  });

  it("hands over a framework's own kind of request as what it is", async () => {
    class PageRequest extends Request {
      readonly page: URL = new URL(this.url);
    }
    const client = FeatureflipClient.forTesting({ "dark-mode": true });
    const handler = withFlags(
      (flags, { page }: PageRequest) => Response.json([flags.context, page.host]),
      { client, context: ({ page }) => ({ user_id: page.searchParams.get("user") }) },
    );
    const response = await handler(new PageRequest("http://edge/?user=ada"));
    expect(await response.json()).toEqual([{ user_id: "ada" }, "edge"]);
  });

  it("takes the waitUntil of what an Edge function is handed, as a method of it (contract §6.1)", async () => {
    const context = {
      works: [] as Promise<unknown>[],
      waitUntil(work: Promise<unknown>): void {
        this.works.push(work);
      },
    };
    const service = createEvaluationApi({
      sdkKeys: ["sdk-edge-context"],
      environment: { flags: [wireFlag("dark-mode")] },
      hosts: ["eval.featureflip.io"],
    });
    const client = new FeatureflipClient({
      sdkKey: "sdk-edge-context",
      mode: "lazy",
      flushInterval: 10,
      fetch: (input, init) => service.fetch(new Request(input, init)),
    });
    const handler = withFlags(
      (flags, _request, _context: typeof context) => Response.json(flags.variation("dark-mode", false)),
      { client },
    );
    expect(await (await handler(request, context)).json()).toBe(true);
    expect(context.works.length).toBeGreaterThan(0);
    await Promise.all(context.works);
    expect(service.events).toHaveLength(1);
    await client.close();
  });

  it("serves defaults when no client can be made", async () => {
    const logger = createRecordingLogger();
    const handler = withFlags((flags) => Response.json(flags.variation("dark-mode", "default")), {
      clientOptions: { sdkKey: "a key", logger },
    });
    expect(await (await handler(request)).json()).toBe("default");
    expect(logger.lines).toEqual([
      expect.stringMatching(/^error: .*'sdkKey' must consist of visible ASCII/),
      expect.stringMatching(/^warn: Unknown flag "dark-mode"/),
    ]);
  });
});

describe("ofrep() of a Vercel function", () => {
  it("serves OFREP, with the platform's waitUntil", async () => {
    const service = createEvaluationApi({
      sdkKeys: ["sdk-vercel-ofrep"],
      environment: { flags: [wireFlag("dark-mode")] },
      hosts: ["eval.featureflip.io"],
    });
    const handler = ofrep(createOfrepHandler, {
      public: true,
      flags: ["dark-mode"],
      clientOptions: {
        sdkKey: "sdk-vercel-ofrep",
        mode: "lazy",
        flushInterval: 50,
        fetch: (input, init) => service.fetch(new Request(input, init)),
        logger: createRecordingLogger(),
      },
    });
    const works: Promise<unknown>[] = [];
    const response = await handler(
      new Request("http://edge/ofrep/v1/evaluate/flags/dark-mode", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: `{"context":{"targetingKey":"ada"}}`,
      }),
      { waitUntil: (work: Promise<unknown>): void => void works.push(work) },
    );
    expect(await response.json()).toMatchObject({ value: true });
    expect(works.length).toBeGreaterThan(0);
    await Promise.all(works);
  });
});
