import { describe, expect, it } from "vitest";
import { fixed, wireFlag, wireSegment } from "../../../support/wire.ts";
import { ask, createApi, openStream } from "../local-api.ts";

describe("/v1/local/segments/{key}", () => {
  it("creates, replaces and removes a segment, and every stream hears it (contract §4)", async () => {
    const api = createApi();
    const stream = await openStream(api);
    await stream.next();
    const { key: _, ...body } = wireSegment("new");
    const put = (): Promise<Response> => ask(api, "PUT", "/v1/local/segments/new", { body });
    expect((await put()).status).toBe(201);
    expect(await stream.next()).toEqual({ event: "segment.updated", data: wireSegment("new") });
    expect((await put()).status).toBe(200);
    expect(await stream.next()).toMatchObject({ event: "segment.updated", data: { key: "new", version: 2 } });
    expect((await ask(api, "DELETE", "/v1/local/segments/new")).status).toBe(204);
    expect(await stream.next()).toEqual({ event: "segment.updated", data: { key: "new", version: 3 } });
    expect((await ask(api, "DELETE", "/v1/local/segments/new")).status).toBe(404);
    expect(api.snapshot.segments).toHaveLength(1);
    expect(api.snapshot.version).toBe(4);
    api.close();
  });

  it("changes whom rules match", async () => {
    const api = createApi();
    const body = { ...wireSegment("pro-users"), conditions: [] };
    await ask(api, "PUT", "/v1/local/segments/pro-users", { body });
    const evaluated = await ask(api, "POST", "/v1/sdk/evaluate", { body: { flagKey: "by-segment" } });
    expect(await evaluated.json()).toMatchObject({ variation: "on", reason: "RuleMatch" });
  });

  it("answers 409 while a rule needs it", async () => {
    expect((await ask(createApi(), "DELETE", "/v1/local/segments/pro-users")).status).toBe(409);
  });
});

describe("an API's own methods", () => {
  it("write as requests do", async () => {
    const api = createApi();
    const stream = await openStream(api);
    await stream.next();
    expect(api.patchFlag("dark-mode", { enabled: false })).toMatchObject({ version: 2, enabled: false });
    expect(api.putFlag(wireFlag("new", { version: 7 }))).toMatchObject({ key: "new", version: 7 });
    expect(api.putSegment(wireSegment("new"))).toEqual(wireSegment("new"));
    api.deleteSegment("new");
    api.deleteFlag("new");
    const heard = [];
    for (let count = 0; count < 5; count++) heard.push((await stream.next())?.event);
    expect(heard).toEqual([
      "flag.updated",
      "flag.created",
      "segment.updated",
      "segment.updated",
      "flag.deleted",
    ]);
    api.close();
  });

  it("throw a RangeError where there is nothing to change", () => {
    const api = createApi();
    expect(() => api.patchFlag("gone", {})).toThrow(new RangeError('Unknown flag "gone"'));
    expect(() => api.deleteFlag("gone")).toThrow(new RangeError('Unknown flag "gone"'));
    expect(() => api.deleteSegment("gone")).toThrow(new RangeError('Unknown segment "gone"'));
  });

  it("replace() replaces everything, with a version above the last, and syncs every stream", async () => {
    const api = createApi();
    const stream = await openStream(api);
    await stream.next();
    api.patchFlag("dark-mode", {});
    await stream.next();
    api.replace({ environment: "next", version: 1, flags: [wireFlag("only")] });
    expect(await stream.next()).toMatchObject({
      event: "sync",
      data: { environment: "next", version: 3, flags: [{ key: "only" }], segments: [] },
    });
    expect(() => api.replace({ flags: [wireFlag("bad", { type: "" })] })).toThrow("flags[0].type must be");
    expect(api.snapshot.flags.map(({ key }) => key)).toEqual(["only"]);
    api.close();
  });
});

describe("EvaluationApi", () => {
  it("hands out plain data, as strict comparisons want it", () => {
    const api = createApi();
    const flag = wireFlag("new", {
      rules: [{
        id: "r",
        priority: 0,
        conditionGroups: [{ operator: "And", conditions: [] }],
        segmentKey: "",
        serve: fixed("on"),
      }],
      prerequisites: [{ prerequisiteFlagKey: "dark-mode", expectedVariationKey: "on" }],
    });
    const put = api.putFlag(flag);
    const { segments: [segment] } = api.snapshot;
    expect(put).toStrictEqual(JSON.parse(JSON.stringify(put)));
    expect(api.patchFlag("new", { enabled: true })).toStrictEqual({ ...put, version: put.version! + 1 });
    expect(api.putSegment(segment!)).toStrictEqual({ ...segment, version: segment!.version! + 1 });
    expect(api.snapshot).toStrictEqual(JSON.parse(JSON.stringify(api.snapshot)));
  });

  it("hands out nothing that it serves from: what is done to it changes no other flag", async () => {
    const api = createApi();
    const before = await (await ask(api, "GET", "/v1/sdk/flags")).json();
    for (const { rules, prerequisites } of [...api.snapshot.flags, api.putFlag(wireFlag("new"))]) {
      (rules as unknown[]).push("a rule");
      (prerequisites as unknown[]).push("a prerequisite");
    }
    api.deleteFlag("new");
    const after = await (await ask(api, "GET", "/v1/sdk/flags")).json();
    expect(after).toEqual({ ...before, version: before.version + 2 });
  });
});
