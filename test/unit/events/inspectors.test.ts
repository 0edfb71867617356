import { describe, expect, it } from "vitest";
import { createEvaluationEvent, createInspectorNotifier } from "../../../src/events/inspectors.ts";
import type { InspectedEvaluation, Inspector } from "../../../src/events/inspectors.ts";
import { settle } from "../../support/manual-scheduler.ts";
import { flagSetOf, wireFlag, wireSnapshot } from "../../support/wire.ts";
import { collectingLogger } from "./fixture.ts";

const event: InspectedEvaluation = createEvaluationEvent(
  "f",
  {},
  { value: true, reason: "FALLTHROUGH" },
  null,
  0,
);

describe("createEvaluationEvent()", () => {
  it("createEvaluationEvent() leaves out what is absent", () => {
    const detail = { value: "a", reason: "RULE_MATCH", variationKey: "v", ruleId: "r" } as const;
    expect(createEvaluationEvent("f", { user_id: "u" }, detail, null, Date.UTC(2026, 0, 1))).toStrictEqual({
      flagKey: "f",
      context: { user_id: "u" },
      value: "a",
      reason: "RULE_MATCH",
      variationKey: "v",
      ruleId: "r",
      isSplit: false,
      timestamp: "2026-01-01T00:00:00.000Z",
    });
    const failed = { value: 1, reason: "PREREQUISITE_FAILED", prerequisiteKey: "q" } as const;
    expect(Object.keys(createEvaluationEvent("f", null, failed, null, 0)).sort()).toEqual(
      ["context", "flagKey", "isSplit", "prerequisiteKey", "reason", "timestamp", "value"],
    );
  });

  it("createEvaluationEvent() names the environment of the flags, where they name one", () => {
    const environmentOf = (environment: string | undefined): string | undefined => {
      const flags = flagSetOf({ ...wireSnapshot([wireFlag("f")]), environment });
      return createEvaluationEvent("f", {}, { value: true, reason: "FALLTHROUGH" }, flags, 0).environment;
    };
    expect(environmentOf("env-1")).toBe("env-1");
    expect([environmentOf(""), environmentOf(undefined)]).toEqual([undefined, undefined]);
  });

  it("createEvaluationEvent() is frozen and holds a frozen copy of the context", () => {
    const context = { plan: "pro", list: [1] };
    const made = createEvaluationEvent("f", context, { value: true, reason: "FALLTHROUGH" }, null, 0);
    context.plan = "free";
    expect(made.context).toEqual({ plan: "pro", list: [1] });
    expect(Object.isFrozen(made) && Object.isFrozen(made.context)).toBe(true);
    expect(Object.isFrozen(context)).toBe(false);
  });

  it("createEvaluationEvent() copies __proto__ as an ordinary attribute, and survives a getter that throws", () => {
    const detail = { value: true, reason: "FALLTHROUGH" } as const;
    const odd =
      createEvaluationEvent("f", JSON.parse('{"__proto__":{"admin":true}}'), detail, null, 0).context;
    expect([Object.keys(odd), odd.admin]).toEqual([["__proto__"], undefined]);
    const context = {
      get bad(): string {
        throw new Error("no");
      },
    };
    expect(createEvaluationEvent("f", context, detail, null, 0).context).toEqual({});
  });
});

describe("createInspectorNotifier()", () => {
  it("createInspectorNotifier() makes nothing of no inspectors: an evaluation then has nothing to call", () => {
    expect(createInspectorNotifier([], collectingLogger([]))).toBeUndefined();
  });

  it("createInspectorNotifier() gives the same event to each inspector, in order", () => {
    const seen: [string, InspectedEvaluation][] = [];
    const inspectors: Inspector[] = ["a", "b"].map((name) => (it) => void seen.push([name, it]));
    const notify = createInspectorNotifier(inspectors, collectingLogger([]));
    inspectors.length = 0;
    notify?.(event);
    expect(seen).toEqual([["a", event], ["b", event]]);
    expect(seen[0]?.[1]).toBe(event);
  });

  it("createInspectorNotifier() isolates one that throws or rejects, with one warning each", async () => {
    const warnings: string[] = [];
    let calls = 0;
    const rejecting = async (): Promise<void> => {
      await null;
      throw new Error("too late");
    };
    const notify = createInspectorNotifier([
      () => {
        throw new Error("broken");
      },
      rejecting,
      () => void calls++,
    ], collectingLogger(warnings));
    for (let round = 0; round < 3; round++) {
      notify?.(event);
      await settle();
    }
    expect(calls).toBe(3);
    expect(warnings).toEqual([
      "Inspector failed and is still called: broken",
      "Inspector failed and is still called: too late",
    ]);
  });

  it("createInspectorNotifier() survives errors without a text and a logger that fails", async () => {
    const warnings: string[] = [];
    const silent = createInspectorNotifier([() => {
      throw Object.create(null);
    }], collectingLogger(warnings));
    expect(() => silent?.(event)).not.toThrow();
    await settle();
    expect(warnings).toEqual(["Inspector failed and is still called: object"]);
    const logger = collectingLogger([]);
    logger.warn = (): never => {
      throw new Error("out of disk");
    };
    const loud = createInspectorNotifier([() => {
      throw new Error("broken");
    }], logger);
    expect(() => loud?.(event)).not.toThrow();
  });
});
