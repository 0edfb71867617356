import { OpenFeature } from "@openfeature/server-sdk";
import type { Client, EvaluationContext, EvaluationDetails, JsonValue } from "@openfeature/server-sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FeatureflipProvider } from "../../../src/adapters/openfeature/mod.ts";
import { FeatureflipClient } from "../../../src/client/client.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import { ENVIRONMENT } from "./environment.ts";

const DOMAIN = "evaluation";
const PICTURES = { showImages: true, title: "Check out these pics!", imagesPerPage: 100 };

let client: Client;

beforeAll(async () => {
  const options = { mode: "offline", bootstrap: ENVIRONMENT, logger: createRecordingLogger() } as const;
  await OpenFeature.setProviderAndWait(DOMAIN, new FeatureflipProvider(options));
  client = OpenFeature.getClient(DOMAIN);
});

afterAll(() => OpenFeature.close());

/** Asks for a flag by the type of the default. */
function details(
  key: string,
  defaultValue: JsonValue,
  context?: EvaluationContext,
): Promise<EvaluationDetails<JsonValue>> {
  switch (typeof defaultValue) {
    case "boolean":
      return client.getBooleanDetails(key, defaultValue, context);
    case "string":
      return client.getStringDetails(key, defaultValue, context);
    case "number":
      return client.getNumberDetails(key, defaultValue, context);
    default:
      return client.getObjectDetails(key, defaultValue, context);
  }
}

describe("OpenFeature's evaluation suite", () => {
  it("makes the provider ready once it is initialized (1.7.3)", () => {
    expect(client.providerStatus).toBe("READY");
    expect(client.metadata.providerMetadata.name).toBe("featureflip");
  });

  it.each<[string, JsonValue, JsonValue, string]>([
    ["boolean-flag", false, true, "on"],
    ["string-flag", "bye", "hi", "greeting"],
    ["integer-flag", 1, 10, "ten"],
    ["float-flag", 0.1, 0.5, "half"],
    ["object-flag", {}, PICTURES, "template"],
    ["object-flag", null, PICTURES, "template"],
    ["list-flag", [], ["a", "b"], "two"],
  ])(
    "resolves %s, default %j, with its variant, statically (1.3.1.1, 1.4.1.1, 1.4.3-1.4.7)",
    async (...row) => {
      const [key, defaultValue, value, variant] = row;
      const found = await details(key, defaultValue);
      expect(found).toMatchObject({ flagKey: key, value, variant, reason: "STATIC" });
      expect(found.errorCode).toBeUndefined();
    },
  );

  it.each<[string, JsonValue, JsonValue]>([
    ["boolean", true, false],
    ["string", "hi", ""],
    ["integer", 1, 0],
    ["float", 0.1, 0],
    ["object", { a: 1 }, {}],
  ])("resolves the %s that is nothing, and tells why (1.4.7)", async (type, defaultValue, value) => {
    expect(await details(`${type}-zero-flag`, defaultValue)).toMatchObject({ value, reason: "STATIC" });
    const targeted = `${type}-targeted-zero-flag`;
    const ballmer = await details(targeted, defaultValue, { email: "ballmer@macrosoft.com" });
    expect(ballmer).toMatchObject({ value, reason: "TARGETING_MATCH" });
    for (const context of [{ email: "ballmer@none.com" }, {}, undefined, { email: null }]) {
      expect(await details(targeted, defaultValue, context)).toMatchObject({ value, reason: "DEFAULT" });
    }
  });

  it("resolves by several attributes of the context (1.3.1.1)", async () => {
    const staff = { fn: "Sulisław", ln: "Świętopełk", age: 29 };
    for (const customer of ["false", false]) {
      const found = await details("context-aware", "EXTERNAL", { ...staff, customer });
      expect(found).toMatchObject({ value: "INTERNAL", reason: "TARGETING_MATCH" });
    }
    expect(await details("context-aware", "UNKNOWN", {})).toMatchObject({
      value: "EXTERNAL",
      reason: "DEFAULT",
    });
  });

  it.each<[JsonValue]>([[false], ["bye"], [1], [0.1], [{ a: 1 }], [null]])(
    "answers the default %j for a flag that does not exist, without throwing (1.4.8-1.4.10, 1.4.13)",
    async (defaultValue) => {
      const found = await details("missing-flag", defaultValue);
      expect(found).toMatchObject({ value: defaultValue, reason: "ERROR", errorCode: "FLAG_NOT_FOUND" });
      expect(found.errorMessage).toBe('Flag "missing-flag" not found');
    },
  );

  it.each<[string, JsonValue]>([
    ["boolean-flag", "bye"],
    ["boolean-flag", 1],
    ["boolean-flag", 0.1],
    ["boolean-flag", {}],
    ["string-flag", false],
    ["string-flag", 1],
    ["string-flag", {}],
    ["wrong-flag", 13],
    ["integer-flag", false],
    ["integer-flag", "fallback"],
    ["float-flag", false],
    ["float-flag", "fallback"],
    ["object-flag", false],
    ["object-flag", "fallback"],
    ["object-flag", 1],
  ])("answers the default where %s is asked for as another type: %j (1.3.4)", async (key, defaultValue) => {
    const found = await details(key, defaultValue);
    expect(found).toMatchObject({ value: defaultValue, reason: "ERROR", errorCode: "TYPE_MISMATCH" });
    expect(found.errorMessage).toContain(key);
  });

  it.each<[string, JsonValue]>([["boolean-disabled-flag", false], ["string-disabled-flag", "bye"]])(
    "tells that %s is off (1.4.7)",
    async (key, value) => {
      expect(await details(key, value)).toMatchObject({ value, variant: "off", reason: "DISABLED" });
    },
  );

  it("tells the flag's version, its environment and the rule, frozen (1.4.14)", async () => {
    const { flagMetadata } = await details("metadata-flag", false);
    expect(flagMetadata).toEqual({ flagSetId: "env-openfeature", version: 7, ruleId: "everybody" });
    expect(Object.isFrozen(flagMetadata)).toBe(true);
  });

  it("leaves the caller's context as it was (1.4.14.1)", async () => {
    const context = { targetingKey: "u-123", userId: "u-9", plan: { name: "pro" } };
    const before = structuredClone(context);
    await details("targeting-key-flag", false, context);
    expect(context).toEqual(before);
  });

  it("runs hooks in their order (1.5.1)", async () => {
    const order: string[] = [];
    const hook = (name: string) => ({ before: () => void order.push(`before ${name}`) });
    await client.getBooleanValue("boolean-flag", false, {}, { hooks: [hook("first"), hook("second")] });
    expect(order).toEqual(["before first", "before second"]);
  });
});

describe("FeatureflipProvider, evaluation", () => {
  it("takes the targeting key for the user id, whatever the context calls it (contract §3.2)", async () => {
    const on = { value: true, reason: "TARGETING_MATCH" };
    const off = { value: false, reason: "DEFAULT" };
    expect(await details("targeting-key-flag", false, { targetingKey: "u-123" })).toMatchObject(on);
    expect(await details("targeting-key-flag", true, { targetingKey: "u-9" })).toMatchObject(off);
    expect(await details("targeting-key-flag", false, { user_id: "u-123" })).toMatchObject(on);
    expect(await details("targeting-key-flag", false, { userId: "u-123" })).toMatchObject(on);
    expect(await details("targeting-key-flag", false, { targetingKey: "", user_id: "u-123" })).toMatchObject(
      on,
    );
    for (const other of [{ user_id: "u-9" }, { userId: "u-9" }]) {
      const context = { targetingKey: "u-123", ...other };
      expect(await details("targeting-key-flag", false, context)).toMatchObject(on);
    }
  });

  it("puts a user into the bucket that the client puts them into (contract §3.6)", async () => {
    const direct = new FeatureflipClient({ mode: "offline", bootstrap: ENVIRONMENT });
    const values = new Set<boolean>();
    for (let user = 0; user < 100; user++) {
      const found = await details("split-flag", false, { targetingKey: `u-${user}` });
      expect(found.reason).toBe("SPLIT");
      expect(found.value).toBe(direct.variation("split-flag", { user_id: `u-${user}` }, false));
      values.add(found.value as boolean);
    }
    expect(values.size).toBe(2);
    await direct.close();
  });

  it("tells a split of a rule from one that is served as it is", async () => {
    const found = await details("split-rule-flag", false, { targetingKey: "u-1" });
    expect(found).toMatchObject({ reason: "SPLIT", flagMetadata: { ruleId: "half" } });
  });

  it("tells which prerequisite failed (contract §3.1)", async () => {
    const found = await details("blocked-flag", true);
    expect(found).toMatchObject({ value: false, variant: "off", reason: "PREREQUISITE_FAILED" });
    expect(found.errorCode).toBeUndefined();
    expect(found.flagMetadata.prerequisiteKey).toBe("boolean-flag");
  });

  it("calls a configuration that makes no sense a parse error", async () => {
    const found = await details("broken-flag", true);
    expect(found).toMatchObject({ value: true, reason: "ERROR", errorCode: "PARSE_ERROR" });
    expect(found.errorMessage).toContain("no-such-variation");
  });

  it("serves the default where the flag serves null (contract §3.1)", async () => {
    expect((await details("null-flag", { a: 1 })).value).toEqual({ a: 1 });
    expect((await details("null-flag", null)).value).toBeNull();
  });

  it("hands out objects that nobody can change", async () => {
    const { value } = await details("object-flag", {});
    expect(Object.isFrozen(value)).toBe(true);
  });
});
