import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flagPath } from "../../../../src/contract/wire.ts";
import { PROPERTY_TIMEOUT, runs } from "../../../support/runs.ts";
import { wireFlag } from "../../../support/wire.ts";
import { ask, createApi, detailOf, ENVIRONMENT, SDK_KEY } from "../local-api.ts";

const FLAGS = "/v1/sdk/flags";
const EVALUATE = "/v1/sdk/evaluate";
const EVENTS = "/v1/sdk/events";

/** A batch of events whose body comes piece by piece. */
function streamed(body: ReadableStream<Uint8Array<ArrayBuffer>>): Request {
  const headers = { authorization: SDK_KEY, "content-type": "application/json" };
  const init: RequestInit & { duplex: "half" } = { method: "POST", headers, body, duplex: "half" };
  return new Request(`http://localhost${EVENTS}`, init);
}

const EVENT = { type: "Custom", flagKey: "checkout", timestamp: "2026-01-02T03:04:05.678Z" };

describe("GET /v1/sdk/flags", () => {
  it("answers with the snapshot (contract §1)", async () => {
    const response = await ask(createApi(), "GET", FLAGS);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    const snapshot = await response.json();
    expect(snapshot).toMatchObject({ environment: "env", version: 1 });
    expect(snapshot.flags).toHaveLength(ENVIRONMENT.flags.length);
    expect(snapshot.flags[0]).toMatchObject(ENVIRONMENT.flags[0]!);
    expect(snapshot.segments[0]).toEqual(ENVIRONMENT.segments[0]);
  });

  it("answers 304 to the ETag of what has not changed, and 200 once it has (contract §4)", async () => {
    const api = createApi();
    const tag = (await ask(api, "GET", FLAGS)).headers.get("etag")!;
    expect(tag).toMatch(/^"\w+"$/);
    for (const header of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
      const response = await ask(api, "GET", FLAGS, { headers: { "if-none-match": header } });
      expect(response.status).toBe(304);
      expect(response.headers.get("etag")).toBe(tag);
      expect(await response.text()).toBe("");
    }
    api.patchFlag("dark-mode", { enabled: false });
    const changed = await ask(api, "GET", FLAGS, { headers: { "if-none-match": tag } });
    expect(changed.status).toBe(200);
    expect(changed.headers.get("etag")).not.toBe(tag);
  });

  it("gives equal environments one ETag, so that a restart causes no download", async () => {
    const tags = [createApi(), createApi()].map(async (api) =>
      (await ask(api, "GET", FLAGS)).headers.get("etag")
    );
    const [one, other] = await Promise.all(tags);
    expect(one).toBe(other);
  });
});

describe("GET /v1/sdk/flags/{key}", () => {
  it("answers with one flag", async () => {
    const response = await ask(createApi(), "GET", `${FLAGS}/disabled`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject(wireFlag("disabled", { enabled: false }));
  });

  it("answers 404 to a key that there is none for, `__proto__` included (contract §1)", async () => {
    for (const key of ["gone", "__proto__", "constructor", "toString"]) {
      const response = await ask(createApi(), "GET", `${FLAGS}/${key}`);
      expect(response.status).toBe(404);
      expect(await detailOf(response)).toBe("No such flag");
    }
  });

  it("finds every key that a path can carry (contract §1, §4)", async () => {
    const keys = fc.oneof(
      fc.constantFrom(
        "__proto__",
        "constructor",
        "a/b",
        "a%2Fb",
        "%",
        "%41",
        "a?b#c",
        "+",
        " ",
        "\n",
        "用户",
        "…",
        "%zz",
      ),
      fc.string({ unit: "binary" }),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(keys.filter((key) => flagPath(key) !== null), async (key) => {
        const api = createApi({ environment: { flags: [wireFlag(key)] } });
        const response = await ask(api, "GET", flagPath(key)!);
        expect(response.status).toBe(200);
        expect((await response.json()).key).toBe(key);
      }),
      { numRuns: runs(100) },
    );
  }, PROPERTY_TIMEOUT);
});

describe("POST /v1/sdk/evaluate", () => {
  async function evaluate(flagKey: string, context?: unknown): Promise<unknown> {
    return await (await ask(createApi(), "POST", EVALUATE, { body: { flagKey, context } })).json();
  }

  it("spells the reasons as the service does (contract §1)", async () => {
    const pro = { userId: "u-1", attributes: { plan: "pro" } };
    expect(await evaluate("dark-mode")).toEqual({
      key: "dark-mode",
      variation: "on",
      value: true,
      reason: "Fallthrough",
    });
    expect(await evaluate("by-plan", pro)).toEqual({
      key: "by-plan",
      variation: "on",
      value: true,
      reason: "RuleMatch",
    });
    expect(await evaluate("by-segment", pro)).toMatchObject({ variation: "on", reason: "RuleMatch" });
    expect(await evaluate("disabled")).toMatchObject({
      variation: "off",
      value: false,
      reason: "FlagDisabled",
    });
    expect(await evaluate("behind", null)).toEqual({
      key: "behind",
      variation: "off",
      value: false,
      reason: "PrerequisiteFailed",
      prerequisiteKey: "by-plan",
    });
  });

  it("answers with an empty variation and null where a caller gets the default", async () => {
    const api = createApi({
      environment: { flags: [wireFlag("off", { enabled: false, offVariation: null })] },
    });
    const response = await ask(api, "POST", EVALUATE, { body: { flagKey: "off" } });
    expect(await response.json()).toEqual({ key: "off", variation: "", value: null, reason: "FlagDisabled" });
  });

  it("reports prerequisites that need each other as an error (contract §3.1)", async () => {
    const circle = ["a", "b"].map((key, index, keys) =>
      wireFlag(key, {
        prerequisites: [{ prerequisiteFlagKey: keys[1 - index]!, expectedVariationKey: "on" }],
      })
    );
    const response = await ask(createApi({ environment: { flags: circle } }), "POST", EVALUATE, {
      body: { flagKey: "a" },
    });
    expect(await response.json()).toMatchObject({
      key: "a",
      variation: "off",
      value: false,
      reason: "Error",
    });
  });

  it("takes userId, and every attribute on top of it, `__proto__` included", async () => {
    const flag = wireFlag("flag", {
      rules: ["userId", "__proto__"].map((attribute) => ({
        id: attribute,
        conditionGroups: [{ operator: "And", conditions: [{ attribute, operator: "In", values: ["yes"] }] }],
        serve: { type: "Fixed", variation: "on" },
      })),
      fallthrough: { type: "Fixed", variation: "off" },
    });
    const api = createApi({ environment: { flags: [flag] } });
    const variationFor = async (context: string): Promise<unknown> => {
      const response = await ask(api, "POST", EVALUATE, { body: `{"flagKey":"flag","context":${context}}` });
      return (await response.json()).variation;
    };
    expect(await variationFor('{"userId":"yes"}')).toBe("on");
    expect(await variationFor('{"userId":"no","attributes":{"userId":"yes"}}')).toBe("on");
    expect(await variationFor('{"userId":null,"attributes":{"user_id":"yes"}}')).toBe("on");
    expect(await variationFor('{"attributes":{"__proto__":"yes"}}')).toBe("on");
    expect(await variationFor('{"attributes":null}')).toBe("off");
  });

  it("answers 404 to an unknown flag, 400 to a bad body", async () => {
    expect((await ask(createApi(), "POST", EVALUATE, { body: { flagKey: "gone" } })).status).toBe(404);
    const refusals: [string, string][] = [
      ["", "The body must be JSON"],
      ["{", "The body must be JSON"],
      ["[]", "the payload must be an object, but is a list"],
      ["{}", "flagKey must be a string, but is missing"],
      ['{"flagKey":"a","context":[]}', "context must be an object, but is a list"],
      ['{"flagKey":"a","context":{"attributes":"x"}}', 'context.attributes must be an object, but is "x"'],
    ];
    for (const [body, detail] of refusals) {
      const response = await ask(createApi(), "POST", EVALUATE, { body });
      expect(response.status).toBe(400);
      expect(await detailOf(response)).toBe(detail);
    }
  });
});

describe("POST /v1/sdk/events", () => {
  it("answers 202 with an empty body and keeps the events for inspection (contract §5)", async () => {
    const api = createApi();
    const identify = {
      ...EVENT,
      type: "Identify",
      flagKey: "$identify",
      userId: "u-1",
      metadata: { plan: "pro" },
    };
    const response = await ask(api, "POST", EVENTS, { body: { events: [EVENT, identify] } });
    expect(response.status).toBe(202);
    expect(await response.text()).toBe("");
    expect(api.events).toEqual([EVENT, identify]);
    expect(await (await ask(api, "GET", "/v1/local/events")).json()).toEqual({ events: [EVENT, identify] });
  });

  it("keeps the newest as many as `eventsKept`", async () => {
    const api = createApi({ eventsKept: 3 });
    for (const batch of [["a", "b"], ["c", "d", "e", "f"], ["g"]]) {
      await ask(api, "POST", EVENTS, { body: { events: batch.map((flagKey) => ({ ...EVENT, flagKey })) } });
    }
    expect(api.events.map(({ flagKey }) => flagKey)).toEqual(["e", "f", "g"]);
  });

  it.each<[unknown, string]>([
    [{}, "events must be a list, but is missing"],
    [{ events: [EVENT, null] }, "events[1] must be an object, but is null"],
    [{ events: [EVENT, { ...EVENT, type: null }] }, "events[1].type must be a string, but is null"],
    [{ events: [{ ...EVENT, flagKey: undefined }] }, "events[0].flagKey must be a string, but is missing"],
  ])("refuses %j and keeps none of it", async (body, detail) => {
    const api = createApi();
    const response = await ask(api, "POST", EVENTS, { body });
    expect(response.status).toBe(400);
    expect(await detailOf(response)).toBe(detail);
    expect(api.events).toEqual([]);
  });

  it("leaves out metadata nested too deeply to be shown again", async () => {
    const deep = `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`;
    const body = `{"events":[${JSON.stringify(EVENT).slice(0, -1)},"metadata":${deep}}]}`;
    const api = createApi();
    expect((await ask(api, "POST", EVENTS, { body })).status).toBe(202);
    expect(api.events).toEqual([EVENT]);
  });

  it("keeps metadata named __proto__ as it came", async () => {
    const api = createApi();
    const body = `{"events":[${JSON.stringify(EVENT).slice(0, -1)},"metadata":{"__proto__":{"a":1}}}]}`;
    expect((await ask(api, "POST", EVENTS, { body })).status).toBe(202);
    expect(JSON.stringify(api.events[0]!.metadata)).toBe('{"__proto__":{"a":1}}');
  });
});

describe("every answer", () => {
  it("says that it depends on the key, errors included (contract §9)", async () => {
    const api = createApi();
    const answers = await Promise.all([
      ask(api, "GET", FLAGS),
      ask(api, "GET", `${FLAGS}/disabled`),
      ask(api, "GET", `${FLAGS}/gone`),
      ask(api, "GET", FLAGS, { headers: { authorization: "wrong" } }),
      ask(api, "POST", EVENTS, { body: "{" }),
      ask(api, "GET", "/health"),
      ask(api, "GET", "/nowhere"),
      ask(api, "DELETE", FLAGS),
      ask(api, "GET", FLAGS, { headers: { host: "evil.example" } }),
    ]);
    for (const { status, headers } of answers) {
      expect(headers.get("vary"), String(status)).toBe("Authorization");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("cache-control")).toBe(headers.has("etag") ? "private, no-cache" : "no-store");
    }
    expect(answers[0]!.headers.has("etag")).toBe(true);
    const etag = answers[0]!.headers.get("etag")!;
    const unchanged = await ask(api, "GET", FLAGS, { headers: { "if-none-match": etag } });
    expect([unchanged.status, unchanged.headers.get("cache-control"), unchanged.headers.get("vary")]).toEqual(
      [304, "private, no-cache", "Authorization"],
    );
  });

  it("of /health and /ready needs no key, and tells nothing but the status", async () => {
    const headers = { authorization: "" };
    expect(await (await ask(createApi(), "GET", "/health", { headers })).json()).toEqual({ status: "ok" });
    expect(await (await ask(createApi(), "GET", "/ready", { headers })).json()).toEqual({ status: "ready" });
  });
});

describe("a request's body", () => {
  it("is refused with 400 when it ends early", async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error("lost")) });
    const response = await createApi().fetch(streamed(body));
    expect(response.status).toBe(400);
    expect(await detailOf(response)).toBe("The body must be JSON");
  });

  it("is refused with 413 as soon as it is longer than `maxBodyBytes`, whatever its headers say", async () => {
    const api = createApi({ maxBodyBytes: 1_000 });
    const fits = JSON.stringify({ events: [] }).padEnd(1_000);
    expect((await ask(api, "POST", EVENTS, { body: fits })).status).toBe(202);
    const response = await ask(api, "POST", EVENTS, { body: `${fits} ` });
    expect(response.status).toBe(413);
    expect(await detailOf(response)).toBe("The body must be at most 1000 bytes long");
  });

  it("may have no more lists and objects than events can have, counted before it is parsed (contract §9)", async () => {
    const bodyOf = (count: number): string => `{"events":[${"{},".repeat(count)}{}]}`;
    const response = await ask(createApi(), "POST", EVENTS, { body: bodyOf(131_072) });
    expect(response.status).toBe(400);
    expect(await detailOf(response)).toBe("the payload must contain at most 131072 lists and objects");
    const metadata = { places: Array.from({ length: 100 }, () => [1, 2]) };
    const event = { type: "Custom", flagKey: "place", metadata };
    const body = JSON.stringify({ events: Array.from({ length: 1_000 }, () => event) });
    expect((await ask(createApi(), "POST", EVENTS, { body })).status).toBe(202);
  });

  it("is read no further than that", async () => {
    let pulled = 0;
    let cancelled = false;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => {
        pulled++;
        controller.enqueue(new Uint8Array(100));
      },
      cancel: () => void (cancelled = true),
    });
    const response = await createApi({ maxBodyBytes: 1_000 }).fetch(streamed(body));
    expect(response.status).toBe(413);
    expect(cancelled).toBe(true);
    expect(pulled).toBeLessThan(30);
  });
});
