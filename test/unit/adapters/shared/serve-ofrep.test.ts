import { describe, expect, it } from "vitest";
import { serveOfrep } from "../../../../src/adapters/shared/serve-ofrep.ts";
import type { OfrepRouteOptions } from "../../../../src/adapters/shared/serve-ofrep.ts";
import { FeatureflipClient } from "../../../../src/client/client.ts";
import { createEvaluationApi } from "../../../../src/server/mod.ts";
import { createOfrepHandler } from "../../../../src/server/ofrep/mod.ts";
import { createRecordingLogger } from "../../../support/recording-logger.ts";
import { wireFlag } from "../../../support/wire.ts";

type Args = readonly [region: string];

const VISIBLE = { clientKeys: ["client-web"], flags: ["dark-mode"] };

function request(): Request {
  return new Request("http://app/ofrep/v1/evaluate/flags/dark-mode", {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer client-web" },
    body: `{"context":{}}`,
  });
}

describe("serveOfrep()", () => {
  it("serves each request by the client of its bindings, and keeps one handler for each", async () => {
    const service = createEvaluationApi({
      sdkKeys: ["sdk-ofrep-route-1", "sdk-ofrep-route-2"],
      environment: { flags: [wireFlag("dark-mode")] },
      hosts: ["eval.featureflip.io"],
    });
    let created = 0;
    const seen: string[] = [];
    const run = serveOfrep<Args, object>(
      (...args) => {
        created++;
        return createOfrepHandler(...args);
      },
      {
        ...VISIBLE,
        clientOptions(region) {
          seen.push(region);
          return {
            mode: "lazy",
            flushInterval: 50,
            fetch: (input, init) => service.fetch(new Request(input, init)),
            logger: createRecordingLogger(),
          };
        },
      },
    );
    expect([created, seen], "the options are checked, no client asks for anything").toEqual([1, []]);
    for (const sdkKey of ["sdk-ofrep-route-1", "sdk-ofrep-route-1", "sdk-ofrep-route-2"]) {
      const works: Promise<unknown>[] = [];
      const host = {
        request: request(),
        bindings: { FEATUREFLIP_SDK_KEY: sdkKey },
        waitUntil: (work: Promise<unknown>): void => void works.push(work),
      };
      expect(await (await run(host, ["eu"])).json()).toMatchObject({ key: "dark-mode", value: true });
      await Promise.all(works);
    }
    expect([created, seen]).toEqual([3, ["eu", "eu", "eu"]]);
  });

  it("serves a client that is given", async () => {
    const client = FeatureflipClient.forTesting({ "dark-mode": true });
    const run = serveOfrep<[], object>(createOfrepHandler, { client, ...VISIBLE });
    const response = await run({ request: request(), waitUntil: undefined }, []);
    expect(await response.json()).toMatchObject({ value: true });
  });

  it("limits by the address that the host knows", async () => {
    const client = FeatureflipClient.forTesting({ "dark-mode": true });
    const run = serveOfrep<[], object>(createOfrepHandler, { client, ...VISIBLE, rateLimit: 1 });
    const statusFor = async (host: unknown): Promise<number> =>
      (await run({ request: request(), host, waitUntil: undefined }, [])).status;
    const node = (remoteAddress: string): object => ({ incoming: { socket: { remoteAddress } } });
    expect(await statusFor(node("192.0.2.1"))).toBe(200);
    expect(await statusFor(node("192.0.2.1"))).toBe(429);
    expect(await statusFor(node("192.0.2.2"))).toBe(200);
  });

  it.each<[string, OfrepRouteOptions<[]>, string]>([
    ["nobody may ask", {}, "nothing says who may ask"],
    ["an option is unknown", { public: true, origin: [] } as never, "'origin'"],
    ["the client is none", { public: true, client: {} as never }, "'client' must be a FeatureflipClient"],
    [
      "both ways to a client are given",
      { public: true, client: FeatureflipClient.forTesting(), clientOptions: {} },
      "'client' and 'clientOptions' must not both be given",
    ],
  ])("throws at once when %s", (_, options, message) => {
    expect(() => serveOfrep(createOfrepHandler, options)).toThrow(`Cannot create OFREP handler: `);
    expect(() => serveOfrep(createOfrepHandler, options)).toThrow(message);
  });

  it.each<[unknown, string]>([
    [undefined, "the options must be an object, but are undefined"],
    [Promise.resolve(VISIBLE), "the options must be an object, but are a promise"],
    [FeatureflipClient.forTesting(), "the options must be an object, but are a client"],
    [{ ...VISIBLE, client: Promise.resolve() }, "'client' must be a FeatureflipClient, but is a promise"],
  ])("refuses %j as options", (options, problem) => {
    expect(() => serveOfrep(createOfrepHandler, options as typeof VISIBLE)).toThrow(
      `Cannot create OFREP handler: ${problem}`,
    );
  });

  it("refuses something else than createOfrepHandler, and than a client for it", () => {
    expect(() => serveOfrep(undefined as never, VISIBLE)).toThrow(
      "Cannot create OFREP handler: 'create' must be createOfrepHandler of @featureflip/sdk/ofrep, but is undefined",
    );
    expect(() => createOfrepHandler(Promise.resolve() as never, VISIBLE)).toThrow(
      "Cannot create OFREP handler: 'client' must be a FeatureflipClient, but is a promise",
    );
  });
});
