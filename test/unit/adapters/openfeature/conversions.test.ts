import { OpenFeature } from "@openfeature/server-sdk";
import type { Client, EvaluationContext, EvaluationDetails, JsonValue } from "@openfeature/server-sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FeatureflipProvider } from "../../../../src/adapters/openfeature/mod.ts";
import { FeatureflipClient } from "../../../../src/client/client.ts";
import { OPENFEATURE_ENVIRONMENT } from "../../../support/openfeature-environment.ts";
import { createRecordingLogger } from "../../../support/recording-logger.ts";
import { openFeatureCases, openFeatureDetails } from "../../../support/suites/openfeature-evaluation.ts";
import { wireFlag } from "../../../support/wire.ts";

const DOMAIN = "evaluation";

let client: Client;

beforeAll(async () => {
  const options = {
    mode: "offline",
    bootstrap: OPENFEATURE_ENVIRONMENT,
    logger: createRecordingLogger(),
  } as const;
  await OpenFeature.setProviderAndWait(DOMAIN, new FeatureflipProvider({ clientOptions: options }));
  client = OpenFeature.getClient(DOMAIN);
});

afterAll(() => OpenFeature.close());

function details(
  key: string,
  defaultValue: JsonValue,
  context?: EvaluationContext,
): Promise<EvaluationDetails<JsonValue>> {
  return openFeatureDetails(client, key, defaultValue, context);
}

describe("OpenFeature's evaluation suite", () => {
  for (const { name, run } of openFeatureCases(() => client)) it(name, run);
});

describe("FeatureflipProvider, evaluation", () => {
  it("uses the targeting key as the user id, whatever the context calls it (contract §3.2)", async () => {
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
    const direct = new FeatureflipClient({ mode: "offline", bootstrap: OPENFEATURE_ENVIRONMENT });
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

  it("distinguishes a split from a fixed variation", async () => {
    const found = await details("split-rule-flag", false, { targetingKey: "u-1" });
    expect(found).toMatchObject({ reason: "SPLIT", flagMetadata: { ruleId: "half" } });
  });

  it("reports which prerequisite failed (contract §3.1)", async () => {
    const found = await details("blocked-flag", true);
    expect(found).toMatchObject({ value: false, variant: "off", reason: "PREREQUISITE_FAILED" });
    expect(found.errorCode).toBeUndefined();
    expect(found.flagMetadata.prerequisiteKey).toBe("boolean-flag");
  });

  it("calls nothing static that somebody else might not get", async () => {
    const found = await details("dependent-flag", false, { targetingKey: "u-123" });
    expect(found).toMatchObject({ value: true, variant: "on", reason: "DEFAULT" });
    const other = await details("dependent-flag", true, { targetingKey: "u-9" });
    expect(other).toMatchObject({ value: false, reason: "PREREQUISITE_FAILED" });
  });

  it("names the flag whose value has another type", async () => {
    for (const defaultValue of [{}, "text", true]) {
      const { flagMetadata, errorCode } = await details("integer-flag", defaultValue);
      expect(errorCode).toBe("TYPE_MISMATCH");
      expect(flagMetadata).toEqual({ flagSetId: "env-openfeature", version: 1 });
    }
  });

  it("names no environment where the flags belong to none", async () => {
    const flags = [wireFlag("dark-mode")];
    const provider = new FeatureflipProvider({
      clientOptions: { mode: "offline", bootstrap: { flags, segments: [] } },
    });
    const { flagMetadata } = await provider.resolveBooleanEvaluation("dark-mode", false, {});
    expect(flagMetadata).toEqual({ version: 1 });
    await provider.onClose();
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

  it("returns frozen objects", async () => {
    const { value } = await details("object-flag", {});
    expect(Object.isFrozen(value)).toBe(true);
  });
});
