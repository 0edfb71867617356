import { describe, expect, it } from "vitest";
import { formatTrace, traceToJson } from "../../../src/cli/format-trace.ts";
import { FeatureflipError } from "../../../src/errors/featureflip-error.ts";
import { FeatureflipClient } from "../../../mod.ts";
import { flag, rollout, segment, where } from "../../../src/testing/mod.ts";

function format(key: string, context: object): string {
  const flags = [
    flag("listed").when(where("age", "In", ...Array.from({ length: 14 }, (_, age) => age)), "on").otherwise(
      "off",
    ),
    flag("staff").whenSegment("staff", "on").otherwise(rollout({ on: 25, off: 75 })),
  ];
  const segments = [segment("staff", where("email", "EndsWith", "@example.com"))];
  const client = new FeatureflipClient({
    mode: "offline",
    bootstrap: { environment: "e", version: 1, flags, segments },
  });
  return formatTrace(client.explain(key, context));
}

describe("formatTrace()", () => {
  it("shows at most twelve values of a condition", () => {
    const [head, rule, condition] = format("listed", { age: 3 }).split("\n");
    expect(head).toBe("listed: true (RULE_MATCH)");
    expect(rule).toMatch(/^ {2}✓ rule /);
    expect(condition).toBe("    ✓ age In 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more (is 3)");
  });

  it("shows the segment of a rule, a missing attribute and the bucket of a rollout", () => {
    const text = format("staff", { user_id: "u-1" });
    expect(text).toMatch(/✗ rule .* for segment "staff"\n {4}✗ email EndsWith "@example.com" \(missing\)/);
    expect(text).toMatch(
      /✓ no rule matched: fallthrough\n {2}✓ rollout: userId "u-1" is in bucket \d+ of 100 \(on 0 to 25, off 25 to 100\)/,
    );
    expect(format("staff", {})).toContain("rollout: no userId, so the first variation");
  });
});

it("traceToJson() writes an error as its code and message", () => {
  const error = new FeatureflipError("TYPE_MISMATCH", "not a number");
  expect(traceToJson({ error })).toBe('{"error":{"code":"TYPE_MISMATCH","message":"not a number"}}');
});
