import { describe, expect, it } from "vitest";
import type { Scheduler } from "../../../../src/runtime/scheduler.ts";
import { createRecordingLogger } from "../../../support/recording-logger.ts";
import { ask, createApi, detailOf } from "../local-api.ts";

const FLAGS = "/v1/sdk/flags";
const EVALUATE = "/v1/sdk/evaluate";
const EVENTS = "/v1/sdk/events";

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
