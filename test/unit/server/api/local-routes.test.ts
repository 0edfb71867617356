import { describe, expect, it } from "vitest";
import { fixed, wireFlag } from "../../../support/wire.ts";
import { ask, createApi, detailOf, openStream } from "../local-api.ts";

const FLAG = "/v1/local/flags/dark-mode";

describe("PATCH /v1/local/flags/{key}", () => {
  it("changes some properties, raises both versions, and every stream hears it", async () => {
    const api = createApi();
    const streams = [await openStream(api), await openStream(api)];
    for (const stream of streams) await stream.next();

    const response = await ask(api, "PATCH", FLAG, { body: { enabled: false } });
    expect(response.status).toBe(200);
    const patched = await response.json();
    expect(patched).toMatchObject({ ...wireFlag("dark-mode"), version: 2, enabled: false });
    expect(api.snapshot.version).toBe(2);
    for (const stream of streams) {
      expect(await stream.next()).toEqual({ event: "flag.updated", data: patched });
    }
    expect(await (await ask(api, "GET", "/v1/sdk/flags/dark-mode")).json()).toEqual(patched);
    const evaluated = await ask(api, "POST", "/v1/sdk/evaluate", { body: { flagKey: "dark-mode" } });
    expect(await evaluated.json()).toMatchObject({ value: false, reason: "FlagDisabled" });
    api.close();
  });

  it("raises the version by one each time, or to the one that is asked for", async () => {
    const api = createApi();
    const versionAfter = async (changes: object): Promise<unknown> =>
      (await (await ask(api, "PATCH", FLAG, { body: changes })).json()).version;
    expect(await versionAfter({})).toBe(2);
    expect(await versionAfter({ version: 1 })).toBe(3);
    expect(await versionAfter({ version: 1_800_000_000 })).toBe(1_800_000_000);
    expect(api.snapshot.version, "the highest of its own and its flags' (contract §9)").toBe(1_800_000_000);
    expect(await versionAfter({})).toBe(1_800_000_001);
    expect(api.snapshot.version).toBe(1_800_000_001);
  });

  it("answers 404 to an unknown flag", async () => {
    const response = await ask(createApi(), "PATCH", "/v1/local/flags/gone", { body: {} });
    expect(response.status).toBe(404);
    expect(await detailOf(response)).toBe("No such flag");
  });

  it.each<[unknown, string]>([
    ["{", "The body must be JSON"],
    [[], "the payload must be an object, but is a list"],
    [{ key: "other" }, 'key must be "dark-mode" or left out, but is "other"'],
    [{ enabled: "no" }, 'enabled must be true or false, but is "no"'],
    [{ fallthrough: fixed("blue") }, 'fallthrough.variation must be "on" or "off", but is "blue"'],
  ])("refuses a bad change and changes nothing, case %#", async (body, detail) => {
    const api = createApi();
    const before = api.snapshot;
    const response = await ask(api, "PATCH", FLAG, { body });
    expect(response.status).toBe(400);
    expect(await detailOf(response)).toBe(detail);
    expect(api.snapshot).toBe(before);
  });

  it("refuses a change that breaks another flag", async () => {
    const api = createApi();
    const variations = [{ key: "yes", value: true }, { key: "off", value: false }];
    const changes = { variations, rules: [], fallthrough: fixed("yes") };
    const response = await ask(api, "PATCH", "/v1/local/flags/by-plan", { body: changes });
    expect(response.status).toBe(400);
    expect(await detailOf(response)).toBe(
      'flags[3].prerequisites[0].expectedVariationKey must be "yes" or "off", but is "on"',
    );
  });
});

describe("PUT /v1/local/flags/{key}", () => {
  it("creates a flag, then replaces it", async () => {
    const api = createApi();
    const stream = await openStream(api);
    await stream.next();
    const { key: _, ...body } = wireFlag("__proto__");

    const created = await ask(api, "PUT", "/v1/local/flags/__proto__", { body });
    expect(created.status).toBe(201);
    const flag = await created.json();
    expect(flag).toMatchObject({ version: 2, enabled: true });
    expect(await stream.next()).toEqual({ event: "flag.created", data: flag });

    const replaced = await ask(api, "PUT", "/v1/local/flags/__proto__", {
      body: { ...body, enabled: false },
    });
    expect(replaced.status).toBe(200);
    expect(await replaced.json()).toMatchObject({ version: 3, enabled: false });
    expect(await stream.next()).toMatchObject({ event: "flag.updated", data: { version: 3 } });
    expect(api.snapshot.flags.at(-1)!.key).toBe("__proto__");
    api.close();
  });

  it("refuses a flag that is not whole, or another one", async () => {
    const api = createApi();
    const partial = await ask(api, "PUT", FLAG, { body: { enabled: false } });
    expect(await detailOf(partial)).toBe("type must be a string, but is missing");
    const other = await ask(api, "PUT", FLAG, { body: wireFlag("other") });
    expect(await detailOf(other)).toBe('key must be "dark-mode" or left out, but is "other"');
  });
});

describe("DELETE /v1/local/flags/{key}", () => {
  it("removes a flag, and every stream hears it", async () => {
    const api = createApi();
    const stream = await openStream(api);
    await stream.next();
    const response = await ask(api, "DELETE", FLAG);
    expect(response.status).toBe(204);
    expect(await response.text()).toBe("");
    expect(await stream.next()).toEqual({ event: "flag.deleted", data: { key: "dark-mode", version: 2 } });
    expect((await ask(api, "GET", "/v1/sdk/flags/dark-mode")).status).toBe(404);
    expect((await ask(api, "DELETE", FLAG)).status).toBe(404);
    api.close();
  });

  it("answers 409 while another flag needs it", async () => {
    const response = await ask(createApi(), "DELETE", "/v1/local/flags/by-plan");
    expect(response.status).toBe(409);
    expect(await detailOf(response)).toContain('must be the key of a flag, but is "by-plan"');
  });
});
