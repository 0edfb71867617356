import { describe, expect, it } from "vitest";
import type { Scheduler } from "../../../../src/runtime/scheduler.ts";
import { createRecordingLogger } from "../../../support/recording-logger.ts";
import { serve } from "../../../../src/server/mod.ts";
import { ask, createApi, detailOf, ENVIRONMENT, readStream } from "../local-api.ts";

const FLAGS = "/v1/sdk/flags";
const EVALUATE = "/v1/sdk/evaluate";
const EVENTS = "/v1/sdk/events";
const OFREP_STREAM = "/ofrep/v1/event-stream";

describe("an API", () => {
  it("answers 500 when something breaks, and gives the reason to its log only", async () => {
    const logger = createRecordingLogger();
    const scheduler: Scheduler = {
      now: () => 0,
      random: () => 0,
      after() {
        throw new Error("the clock is broken");
      },
      detach: (work) => work(),
    };
    const response = await ask(createApi({ logger, scheduler }), "GET", "/v1/sdk/stream");
    expect(response.status).toBe(500);
    expect(await detailOf(response)).toBe("Internal error");
    expect(logger.lines).toHaveLength(1);
    expect(logger.lines[0]).toContain("the clock is broken");
  });

  it("answers 404 where there is nothing and 405 where a method is not allowed, as problem details", async () => {
    const api = createApi();
    for (const path of ["/", "/v1/sdk", "/v1/sdk/nothing", "/v1/local/flags", `${FLAGS}/a/b`]) {
      const response = await ask(api, "GET", path);
      expect(response.status).toBe(404);
      await detailOf(response);
    }
    for (
      const [method, path, allow] of [
        ["POST", FLAGS, "GET, HEAD"],
        ["PATCH", `${FLAGS}/dark-mode`, "GET, HEAD"],
        ["GET", EVALUATE, "POST"],
        ["GET", EVENTS, "POST"],
        ["POST", "/v1/sdk/stream", "GET, HEAD"],
        ["POST", "/v1/local/flags/dark-mode", "PUT, PATCH, DELETE"],
        ["PATCH", "/v1/local/segments/pro-users", "PUT, DELETE"],
        ["DELETE", "/v1/local/events", "GET, HEAD"],
        ["DELETE", "/health", "GET, HEAD"],
      ] as const
    ) {
      const response = await ask(api, method, path);
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe(allow);
      expect(await detailOf(response)).toBe(`Method ${method} not allowed`);
    }
  });

  it("reports its health without a key", async () => {
    const response = await createApi().fetch(new Request("http://localhost/health"));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "ok" });
  });
});

describe("OFREP on an API (contract §9)", () => {
  const OFREP = "/ofrep/v1/evaluate/flags";
  const options = {
    clientKeys: ["client-web"],
    flags: ["dark-mode", "by-plan"],
    origins: ["https://www.example.com"],
  };
  const keyed = { authorization: "Bearer client-web" };
  const body = { context: { targetingKey: "u-1" } };

  it("has no such paths without client keys", async () => {
    expect((await ask(createApi(), "POST", OFREP, { body, headers: keyed })).status).toBe(404);
  });

  it("takes client keys, which open nothing else, and no SDK key", async () => {
    const api = createApi(options);
    const response = await ask(api, "POST", OFREP, { body, headers: keyed });
    const { flags } = await response.json();
    expect(flags.map(({ key }: { key: string }) => key)).toEqual(options.flags);
    expect((await ask(api, "POST", OFREP, { body })).status).toBe(401);
    for (const path of [FLAGS, `${FLAGS}/dark-mode`, "/v1/sdk/stream", "/v1/local/events"]) {
      expect((await ask(api, "GET", path, { headers: keyed })).status, path).toBe(401);
    }
    expect((await ask(api, "POST", EVENTS, { body: { events: [] }, headers: keyed })).status).toBe(401);
  });

  it("is for the pages in `origins`, and for no other host name", async () => {
    const api = createApi(options);
    const statusOf = async (headers: Record<string, string>): Promise<number> =>
      (await ask(api, "POST", OFREP, { body, headers: { ...keyed, ...headers } })).status;
    expect(await statusOf({ origin: "https://www.example.com" })).toBe(200);
    expect(await statusOf({ origin: "https://evil.example" })).toBe(403);
    expect(await statusOf({ origin: "http://evil.example", host: "evil.example" })).toBe(421);
    const preflight = await ask(api, "OPTIONS", OFREP, { headers: { origin: "https://www.example.com" } });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([
      204,
      "https://www.example.com",
    ]);
  });

  it("limits by the address of the connection, which every host tells, or by the option", async () => {
    const statusOf = async (url: string, headers: Record<string, string> = {}): Promise<number> => {
      const response = await fetch(`${url}${OFREP}`, {
        method: "POST",
        headers: { ...keyed, "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      });
      await response.body?.cancel();
      return response.status;
    };
    const one = await serve(createApi({ ...options, rateLimit: 1 }));
    expect([await statusOf(one.url), await statusOf(one.url)]).toEqual([200, 429]);
    await one.close();
    const address = ({ headers }: Request): string | undefined => headers.get("x-forwarded-for") ?? undefined;
    const other = await serve(createApi({ ...options, rateLimit: 1, address }));
    for (const [from, status] of [["a", 200], ["b", 200], ["a", 429]] as const) {
      expect(await statusOf(other.url, { "x-forwarded-for": from })).toBe(status);
    }
    await other.close();
  });

  it("tells streams of a change once, and records evaluations once an hour", async () => {
    const api = createApi(options);
    const open = await (await ask(api, "POST", OFREP, { body, headers: keyed })).json();
    const stream = readStream(
      await ask(api, "GET", `${OFREP_STREAM}${new URL(open.eventStreams[0].url).search}`),
    );
    const first = await stream.next();
    expect(first).toMatchObject({ data: { type: "refetchEvaluation" } });
    api.replace({
      flags: ENVIRONMENT.flags.map((flag) => ({ ...flag, enabled: false })),
      segments: ENVIRONMENT.segments,
    });
    const second = await stream.next();
    expect(second).not.toEqual(first);
    const { flags } = await (await ask(api, "POST", OFREP, { body, headers: keyed })).json();
    expect(flags[0]).toMatchObject({ key: "dark-mode", value: false, reason: "DISABLED" });
    await api.close();
    expect(await stream.next()).toBeUndefined();
    expect(api.events.map(({ flagKey, variation, userId }) => [flagKey, variation, userId])).toEqual([
      ["dark-mode", "on", undefined],
      ["by-plan", "off", undefined],
      ["dark-mode", "off", undefined],
    ]);
  });
});
