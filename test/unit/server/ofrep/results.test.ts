import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EvaluationContext } from "../../../../src/evaluation/evaluation-context.ts";
import { isTag, VisibleFlags } from "../../../../src/server/ofrep/results.ts";
import { Signer } from "../../../../src/server/ofrep/change-streams.ts";
import { outcomeOf } from "../../../../src/store/flag-set.ts";
import { arbitraryContext } from "../../../support/arbitrary-context.ts";
import { arbitrarySnapshot } from "../../../support/arbitrary-snapshot.ts";
import { conditionalFlag, flagSetOf, wireFlag, wireSegment, wireSnapshot } from "../../../support/wire.ts";

const all = (_key: string): boolean => true;

const signer = new Signer("sdk-1");

/** What stands beside the flags of an answer. */
const REST = `"metadata":{}`;

/** The text of an answer. */
async function textOf(
  visible: VisibleFlags,
  context: EvaluationContext,
  rest: string = REST,
): Promise<string> {
  return await new Response(visible.answer(context, rest, () => {})).text();
}

function resultOf(snapshot: Parameters<typeof flagSetOf>[0], key: string, context = {}): unknown {
  const visible = new VisibleFlags(flagSetOf(snapshot), all, signer);
  return JSON.parse(visible.json(key, visible.outcome(key, context)!));
}

describe("VisibleFlags", () => {
  it("writes value, variant, reason and version (OFREP 0.3)", () => {
    const snapshot = wireSnapshot([wireFlag("dark-mode", { version: 7 })]);
    expect(resultOf(snapshot, "dark-mode")).toEqual({
      key: "dark-mode",
      value: true,
      reason: "STATIC",
      variant: "on",
      metadata: { version: 7, reason: "FALLTHROUGH" },
    });
  });

  it("uses the reasons that the protocol knows", () => {
    const rollout = {
      type: "Rollout",
      salt: "s",
      variations: [{ key: "on", weight: 50 }, { key: "off", weight: 50 }],
    } as const;
    const plan = [{ attribute: "plan", operator: "Equals", values: ["pro"] }];
    const snapshot = wireSnapshot([
      wireFlag("off", { enabled: false }),
      wireFlag("split", { fallthrough: rollout }),
      conditionalFlag("targeted", plan),
      wireFlag("needs-off", { prerequisites: [{ prerequisiteFlagKey: "off", expectedVariationKey: "on" }] }),
    ]);
    const reasonOf = (key: string, context = {}): unknown =>
      (resultOf(snapshot, key, context) as { reason: string }).reason;
    expect(reasonOf("off")).toBe("DISABLED");
    expect(reasonOf("split", { user_id: "u-1" })).toBe("SPLIT");
    expect(reasonOf("targeted", { plan: "pro" })).toBe("TARGETING_MATCH");
    expect(reasonOf("targeted", { plan: "free" })).toBe("UNKNOWN");
    expect(reasonOf("needs-off")).toBe("UNKNOWN");
  });

  it("leaves the value out where the caller's default stands", () => {
    const snapshot = wireSnapshot([wireFlag("off", { enabled: false, offVariation: null })]);
    expect(resultOf(snapshot, "off")).toEqual({
      key: "off",
      reason: "DISABLED",
      metadata: { version: 1, reason: "FLAG_DISABLED" },
    });
  });

  it("names no rule, segment or other flag, in errors too", async () => {
    const snapshot = wireSnapshot([
      wireFlag("secret-parent", { enabled: false }),
      wireFlag("child", {
        prerequisites: [{ prerequisiteFlagKey: "secret-parent", expectedVariationKey: "on" }],
      }),
      wireFlag("loop", { prerequisites: [{ prerequisiteFlagKey: "loop", expectedVariationKey: "on" }] }),
      wireFlag("dangling", { fallthrough: { type: "Fixed", variation: "secret-variation" } }),
      wireFlag("ruled", {
        rules: [{
          id: "secret-rule",
          segmentKey: "secret-segment",
          serve: { type: "Fixed", variation: "on" },
        }],
      }),
    ], [wireSegment("secret-segment")]);
    const visible = new VisibleFlags(flagSetOf(snapshot), (key) => !key.startsWith("secret"), signer);
    const answer = await textOf(visible, {});
    expect(answer).not.toContain("secret");
    expect(JSON.parse(answer).flags).toContainEqual({
      key: "dangling",
      errorCode: "PARSE_ERROR",
      errorDetails: "The flag's configuration is invalid",
      metadata: { version: 1 },
    });
  });

  it("serves what evaluation serves, for any flags and contexts", () => {
    fc.assert(fc.property(arbitrarySnapshot, arbitraryContext, (snapshot, { context }) => {
      const flags = flagSetOf(snapshot);
      const visible = new VisibleFlags(flags, all, signer);
      const seen: string[] = [];
      const answer = JSON.parse(String(visible.answer(context, REST, (key) => seen.push(key))));
      expect(seen).toEqual([...flags.keys()]);
      expect(answer).toMatchObject({ metadata: {}, flags: { length: seen.length } });
      for (const result of answer.flags as Record<string, unknown>[]) {
        const { value, variationKey, reason, error } = outcomeOf(flags, result.key as string, context);
        if (error !== undefined) expect(result.errorCode).toMatch(/^(PARSE_ERROR|GENERAL)$/);
        else {
          expect(result.variant).toBe(variationKey);
          expect(result.metadata).toMatchObject({ reason });
          expect(result.value).toEqual(value === undefined ? undefined : JSON.parse(JSON.stringify(value)));
        }
      }
    }));
  });

  it("writes each answer anew where a flag, or what stands beside the flags, differs", async () => {
    const flags = [
      conditionalFlag("pro", [{ attribute: "plan", operator: "Equals", values: ["pro"] }]),
      wireFlag("b"),
    ];
    const visible = new VisibleFlags(flagSetOf(wireSnapshot(flags)), all, signer);
    const answerOf = async (plan: string, rest = REST) => JSON.parse(await textOf(visible, { plan }, rest));
    const first = await answerOf("pro");
    for (let again = 0; again < 3; again++) expect(await answerOf("pro")).toEqual(first);
    expect((await answerOf("free")).flags[0]).toMatchObject({ key: "pro", reason: "UNKNOWN" });
    expect(await answerOf("pro")).toEqual(first);
    expect(await answerOf("pro", `"eventStreams":[]`)).toEqual({ eventStreams: [], flags: first.flags });
    const none = new VisibleFlags(flagSetOf(wireSnapshot(flags)), () => false, signer);
    expect(await textOf(none, {})).toBe(`{${REST},"flags":[]}`);
  });

  it("tells each hour what was evaluated in it", () => {
    const visible = new VisibleFlags(flagSetOf(wireSnapshot([wireFlag("a")])), all, signer);
    const told: (number | undefined)[] = [];
    for (const hour of [1, 1, 2, undefined, undefined]) {
      visible.answer({}, REST, () => told.push(hour), hour);
    }
    expect(told).toEqual([1, 2, undefined, undefined]);
  });

  it("has one tag for equal flags, list and context, on every instance (contract §9)", async () => {
    const flags = [wireFlag("a"), wireFlag("b")];
    const etagOf = (snapshot: Parameters<typeof flagSetOf>[0], context = {}, day = 1, canSee = all) =>
      new VisibleFlags(flagSetOf(snapshot), canSee, new Signer("sdk-1")).etag(context, day);
    const etag = await etagOf(wireSnapshot(flags), { user_id: "u", plan: { a: 1, b: [2] } });
    expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
    const reordered = { ...wireSnapshot(flags.toReversed()), version: 99 };
    expect(await etagOf(reordered, { plan: { b: [2], a: 1 }, user_id: "u" })).toBe(etag);
    expect(await etagOf(wireSnapshot(flags), { user_id: "v", plan: { a: 1, b: [2] } })).not.toBe(etag);
    expect(await etagOf(wireSnapshot(flags), { user_id: "u", plan: { a: 1, b: [2] } }, 2)).not.toBe(etag);
    expect(await etagOf(wireSnapshot([wireFlag("a", { enabled: false }), wireFlag("b")]), {})).not.toBe(
      await etagOf(wireSnapshot(flags)),
    );
    expect(await etagOf(wireSnapshot(flags), {}, 1, (key) => key === "a")).not.toBe(
      await etagOf(wireSnapshot(flags)),
    );
  });

  it("hides the context in its tag from callers without the SDK key (contract §9)", async () => {
    const etagOf = (sdkKey: string): Promise<string> =>
      new VisibleFlags(flagSetOf(wireSnapshot([])), all, new Signer(sdkKey)).etag({ user_id: "u" }, 1);
    expect(await etagOf("sdk-1")).not.toBe(await etagOf("sdk-2"));
  });

  it("tells a list from an object with the same content", async () => {
    const visible = new VisibleFlags(flagSetOf(wireSnapshot([])), all, signer);
    expect(await visible.etag({ a: { b: 1 } }, 1)).not.toBe(await visible.etag({ a: [["b", 1]] }, 1));
  });

  it("tells apart whatever conditions tell apart (contract §9)", async () => {
    const visible = new VisibleFlags(flagSetOf(wireSnapshot([])), all, signer);
    const textual = (text: string): object => ({ toString: (): string => text });
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    const contexts: EvaluationContext[] = [
      {},
      ...[Infinity, -Infinity, NaN, "Infinity", "NaN", true, "true", 1, "1"].map((a) => ({ a })),
      // As a Temporal.Instant: without properties, compared by its text.
      ...["2023-01-01T00:00:00Z", "2025-01-01T00:00:00Z"].map((text) => ({ a: textual(text) })),
      Object.defineProperty({}, "a", { value: "own, not enumerable" }),
      ...[0, 1].map((ms) => ({ a: new Date(ms) })),
      { a: circle },
      { a: "1", b: "2" },
    ];
    const tags = await Promise.all(contexts.map((context) => visible.etag(context, 1)));
    expect(new Set(tags).size).toBe(contexts.length);
    // Attributes that evaluation takes for absent.
    expect(await visible.etag({ a: null, b: undefined, c: { toString: 1 } }, 1)).toBe(tags[0]);
  });

  it("hashes the content with the SDK key, so that no guess of a rule can be tested", async () => {
    const tagOf = (sdkKey: string): Promise<string> =>
      new VisibleFlags(flagSetOf(wireSnapshot([wireFlag("a")])), all, new Signer(sdkKey)).tag();
    const tag = await tagOf("sdk-1");
    expect(await tagOf("sdk-1")).toBe(tag);
    expect(await tagOf("sdk-2")).not.toBe(tag);
    expect([await isTag(tag, signer), await isTag(tag, new Signer("sdk-2"))]).toEqual([true, false]);
    for (const text of ["", "0".repeat(64), tag.slice(1), `${tag}0`]) {
      expect(await isTag(text, signer)).toBe(false);
    }
  });
});
