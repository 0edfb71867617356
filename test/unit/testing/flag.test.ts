import { describe, expect, it } from "vitest";
import { FeatureflipClient } from "../../../src/client/client.ts";
import { createEvaluationApi } from "../../../src/server/mod.ts";
import type { WireFlag, WireSegment } from "../../../src/server/mod.ts";
import { flag, not, rollout, segment, where } from "../../../src/testing/mod.ts";

type Context = Readonly<Record<string, unknown>>;

/** What each context is served of the first of these flags, and why. */
function serve(
  flags: readonly WireFlag[],
  contexts: readonly Context[],
  segments: readonly WireSegment[] = [],
) {
  // Also as a local API takes it, which is stricter than a client.
  createEvaluationApi({ environment: { flags, segments }, sdkKeys: ["sdk-local"] }).close();
  const client = new FeatureflipClient({ mode: "offline", bootstrap: { flags, segments } });
  return contexts.map((context) => {
    const { variationKey, reason, ruleId } = client.variationDetail<unknown>(flags[0]!.key, context, null);
    return [variationKey, ruleId ?? reason].join(" ");
  });
}

const PRO = { plan: "pro", country: "DE" };
const FREE = { plan: "free", country: "DE" };

describe("flag()", () => {
  it("flag() serves its first variation and has the type of its values", () => {
    expect(serve([flag("f")], [PRO])).toEqual(["off FALLTHROUGH"]);
    expect(flag("f").type).toBe("Boolean");
    expect(flag("f", { a: "x", b: "y" }).type).toBe("String");
    expect(flag("f", { a: 1 }).type).toBe("Number");
    expect(flag("f", { a: 1, b: "y" }).type).toBe("Json");
    expect(flag("f", { a: { b: 1 } }).type).toBe("Json");
    expect(() => flag("f", {})).toThrow(TypeError);
  });

  it("flag() asks its rules in the order in which they were added (contract §3.1)", () => {
    const tier = flag("tier", { free: "free", pro: "pro", team: "team" })
      .when([where("plan", "Equals", "pro"), where("country", "In", "DE", "AT")], "pro")
      .whenAny([where("plan", "Equals", "team"), where("seats", "GreaterThan", 1)], "team")
      .otherwise("free");
    expect(serve([tier], [PRO, FREE, { seats: 2 }, { plan: "pro" }]))
      .toEqual(["pro rule-1", "free FALLTHROUGH", "team rule-2", "free FALLTHROUGH"]);
  });

  it("flag() takes segments, prerequisites and inverted conditions (contract §3.1)", () => {
    const staff = segment("staff", where("email", "EndsWith", "@example.com"));
    const beta = flag("beta").requires("base", "on").whenSegment("staff", "on");
    const base = flag("base").when(not(where("country", "Equals", "US")), "on");
    const ada = { email: "ada@example.com" };
    expect(serve([beta, base], [ada, { ...ada, country: "US" }, {}], [staff]))
      .toEqual(["on rule-1", "off PREREQUISITE_FAILED", "off FALLTHROUGH"]);
    expect(not(not(where("country", "Equals", "US"))).negate).toBe(false);
  });

  it("flag() splits users by rollout (contract §3.6)", () => {
    // bucket("flag-abc", "user-42") is 46.
    const at = (first: number) =>
      flag("f").otherwise(rollout({ off: first, on: 100 - first }, { salt: "flag-abc" }));
    expect(serve([at(46)], [{ user_id: "user-42" }])).toEqual(["on FALLTHROUGH"]);
    expect(serve([at(47)], [{ user_id: "user-42" }])).toEqual(["off FALLTHROUGH"]);
  });

  it("flag().off() serves the off variation", () => {
    const on = flag("f", { a: 1, b: 2 }).when(where("plan", "Equals", "pro"), "b");
    expect(serve([on.off()], [PRO])).toEqual(["a FLAG_DISABLED"]);
    expect(serve([on.off("b")], [PRO])).toEqual(["b FLAG_DISABLED"]);
  });

  it("flag() never changes: each method makes another one, plain as JSON", () => {
    const before = flag("f");
    const after = before.when(where("plan", "Equals", "pro"), "on");
    expect(before.rules).toEqual([]);
    expect(after.rules).toHaveLength(1);
    expect(Object.keys(JSON.parse(JSON.stringify(after)))).toEqual(Object.keys({ ...after }));
  });
});
