import { describe, expect, it } from "vitest";
import { createRecordingLogger } from "../../../support/recording-logger.ts";
import { fixed, wireFlag, wireSegment, wireSnapshot } from "../../../support/wire.ts";
import { ask, createApi, openStream } from "../local-api.ts";

describe("/v1/local/segments/{key}", () => {
  it("creates, replaces and removes a segment, and every stream hears it (contract §4)", async () => {
    const api = createApi();
    const stream = await openStream(api);
    await stream.next();
    const { key: _, ...body } = wireSegment("new");
    const put = (): Promise<Response> => ask(api, "PUT", "/v1/local/segments/new", { body });
    expect((await put()).status).toBe(201);
    expect(await stream.next()).toEqual({
      event: "segment.updated",
      data: wireSegment("new", { version: 2 }),
    });
    expect((await put()).status).toBe(200);
    expect(await stream.next()).toMatchObject({ event: "segment.updated", data: { key: "new", version: 3 } });
    expect((await ask(api, "DELETE", "/v1/local/segments/new")).status).toBe(204);
    expect(await stream.next()).toEqual({ event: "segment.updated", data: { key: "new", version: 4 } });
    expect((await ask(api, "DELETE", "/v1/local/segments/new")).status).toBe(404);
    expect(api.snapshot.segments).toHaveLength(1);
    expect(api.snapshot.version).toBe(4);
    api.close();
  });

  it("changes which contexts rules match", async () => {
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
    expect(api.putSegment(wireSegment("new"))).toEqual(wireSegment("new", { version: 8 }));
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

  it("replace() announces each change as its own event, with the next version (contract §9)", async () => {
    const api = createApi({
      environment: wireSnapshot([wireFlag("a"), wireFlag("b"), wireFlag("gone", { version: 7 })], [
        wireSegment("s"),
        wireSegment("old"),
      ]),
    });
    const stream = await openStream(api);
    await stream.next();
    api.replace({
      environment: "env",
      flags: [wireFlag("a"), wireFlag("b", { enabled: false }), wireFlag("new")],
      segments: [wireSegment("s", { conditionLogic: "Or" })],
    });
    const heard = [];
    for (let count = 0; count < 5; count++) heard.push(await stream.next());
    expect(heard).toMatchObject([
      { event: "flag.updated", data: { key: "b", version: 8, enabled: false } },
      { event: "flag.created", data: { key: "new", version: 8 } },
      { event: "segment.updated", data: { key: "s", version: 8, conditionLogic: "Or" } },
      { event: "flag.deleted", data: { key: "gone", version: 8 } },
      { event: "segment.updated", data: { key: "old", version: 8 } },
    ]);
    expect(api.snapshot.version).toBe(8);
    expect(api.snapshot.flags.map(({ key, version }) => `${key} ${version}`)).toEqual([
      "a 1",
      "b 8",
      "new 8",
    ]);
    expect(api.snapshot.flags[1]).toEqual(heard[0]!.data as object);
    api.close();
  });

  it("replace() shares nothing with what it is given", async () => {
    const api = createApi();
    const value = { list: [1] };
    const variations = [{ key: "on", value }];
    api.replace({ flags: [wireFlag("json", { type: "Json", variations, offVariation: "" })] });
    value.list.push(2);
    const evaluated = await ask(api, "POST", "/v1/sdk/evaluate", { body: { flagKey: "json" } });
    expect(await evaluated.json()).toMatchObject({ value: { list: [1] } });
  });

  it("replace() sends one snapshot when more than 100 flags changed, or the environment's name", async () => {
    const flags = Array.from({ length: 101 }, (_, index) => wireFlag(`flag-${index}`));
    const api = createApi({ environment: wireSnapshot(flags) });
    const stream = await openStream(api);
    await stream.next();
    api.replace({ environment: "env", flags: flags.map((flag) => ({ ...flag, enabled: false })) });
    expect(await stream.next()).toMatchObject({ event: "sync", data: { version: 2 } });
    api.replace({ environment: "next", version: 1, flags: [wireFlag("only")] });
    expect(await stream.next()).toMatchObject({
      event: "sync",
      data: { environment: "next", version: 3, flags: [{ key: "only" }], segments: [] },
    });
    api.close();
  });

  it("replace() announces 100 changes one by one", async () => {
    const flags = Array.from({ length: 100 }, (_, index) => wireFlag(`flag-${index}`));
    const api = createApi({ environment: wireSnapshot(flags) });
    const stream = await openStream(api);
    await stream.next();
    const changed = wireSnapshot(flags.map((flag) => ({ ...flag, enabled: false })));
    api.replace(changed);
    for (const { key } of flags) {
      expect(await stream.next()).toMatchObject({ event: "flag.updated", data: { key } });
    }
    api.replace({ ...changed, environment: "renamed" });
    expect(await stream.next()).toMatchObject({ event: "sync", data: { environment: "renamed" } });
    api.close();
  });

  it("a file's own versions count: the snapshot's is the highest (contract §9)", () => {
    const api = createApi({ environment: { version: 4, flags: [wireFlag("a", { version: 9 })] } });
    expect(api.snapshot.version).toBe(9);
    api.replace({ version: 3, flags: [wireFlag("a", { version: 2 })] });
    expect(api.snapshot, "nothing has changed").toMatchObject({ version: 9, flags: [{ version: 9 }] });
    api.replace({ flags: [wireFlag("a", { version: 70, enabled: false })] });
    expect(api.snapshot).toMatchObject({ version: 70, flags: [{ version: 70 }] });
    api.replace({ version: 90, flags: [wireFlag("a")] });
    expect(api.snapshot).toMatchObject({ version: 90, flags: [{ version: 90 }] });
    api.close();
  });

  it("replace() changes nothing when the environment has a type violation", () => {
    const api = createApi();
    const before = api.snapshot;
    const bad = { flags: [wireFlag("bad", { enabled: 1 as unknown as boolean })] };
    expect(() => api.replace(bad)).toThrow("flags[0].enabled must be true or false, but is 1");
    expect(api.snapshot).toBe(before);
  });
});

describe("a change of a flag with a mistake that the wire tolerates (contract §9)", () => {
  const broken = wireFlag("broken", {
    type: "String",
    variations: [{ key: "on", value: null }, { key: "off", value: "off" }],
    prerequisites: [{ prerequisiteFlagKey: "gone", expectedVariationKey: "on" }],
  });

  it("is accepted when it adds no mistake", () => {
    const api = createApi({ environment: { flags: [broken] } });
    expect(api.patchFlag("broken", { enabled: false }).enabled).toBe(false);
    const conditions = [{ attribute: "a", operator: "Around", values: ["b"] }];
    const odd = wireSegment("odd", { conditions });
    const other = createApi({ environment: { flags: [], segments: [odd] } });
    expect(other.putSegment({ ...odd, conditionLogic: "Or" })).toMatchObject({ key: "odd", version: 2 });
    expect(() => other.putSegment({ ...odd, key: "another" })).toThrow("conditions[0].operator must be");
  });

  it("is refused when it adds one, and a new flag with one is refused", () => {
    const api = createApi({ environment: { flags: [broken] } });
    expect(() => api.patchFlag("broken", { offVariation: "nope" })).toThrow("offVariation must be");
    expect(() => api.putFlag({ ...broken, key: "other" })).toThrow("variations[0].value must be a string");
    expect(() => api.putFlag(wireFlag("new", { fallthrough: { type: "Canary" } }))).toThrow(
      'fallthrough.type must be "Fixed" or "Rollout", but is "Canary"',
    );
    expect(() => api.putSegment(wireSegment("new", { conditionLogic: "Xor" }))).toThrow(
      "conditionLogic must be",
    );
    expect(api.snapshot.flags).toHaveLength(1);
  });

  it("names the rule that needs a segment which is to be removed", () => {
    const rule = (id: string, segmentKey: string | null) => ({
      id,
      segmentKey,
      conditionGroups: [],
      serve: fixed("on"),
    });
    const flag = wireFlag("b", { rules: [rule("1", null), rule("2", "s")] });
    const api = createApi({ environment: { flags: [wireFlag("a"), flag], segments: [wireSegment("s")] } });
    expect(() => api.deleteSegment("s")).toThrow("flags[1].rules[1].segmentKey must be");
  });

  it("names the prerequisite that it would break, and none that was broken before", () => {
    const needs = (prerequisiteFlagKey: string, expectedVariationKey: string) => ({
      prerequisiteFlagKey,
      expectedVariationKey,
    });
    const third = { key: "third", value: false };
    const base = wireFlag("base");
    const api = createApi({
      environment: {
        flags: [
          wireFlag("base", { variations: [...base.variations, third] }),
          wireFlag("other"),
          wireFlag("broken", { prerequisites: [needs("base", "gone")] }),
          wireFlag("needy", { prerequisites: [needs("other", "on"), needs("base", "third")] }),
        ],
      },
    });
    expect(() => api.patchFlag("base", { variations: base.variations })).toThrow(
      "flags[3].prerequisites[1].expectedVariationKey must be",
    );
    api.deleteFlag("needy");
    expect(api.patchFlag("base", { variations: base.variations }).variations).toHaveLength(2);
  });

  it("warns about what is only suspicious", () => {
    const logger = createRecordingLogger();
    const api = createApi({ logger });
    api.patchFlag("dark-mode", {
      fallthrough: { type: "Rollout", variations: [{ key: "on", weight: 1 }, { key: "off", weight: 1 }] },
    });
    expect(logger.lines).toEqual([
      'warn: fallthrough.variations have weights that add up to 2, not 100: "off" gets the rest',
    ]);
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
    expect(api.putSegment(segment!)).toStrictEqual({ ...segment, version: put.version! + 2 });
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
