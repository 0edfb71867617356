import { describe, expect, it } from "vitest";
import { PayloadError } from "../../../../src/contract/payload-error.ts";
import { readEnvironment } from "../../../../src/server/environment/environment.ts";

/** What `dev`, `eval`, `explain` and `pull` say about a file: its warnings, or why it is refused. */
function told(flags: readonly object[], segments: readonly object[] = []): readonly string[] {
  const messages: string[] = [];
  try {
    readEnvironment({ flags, segments }, (message) => messages.push(message));
  } catch (error) {
    if (!(error instanceof PayloadError)) throw error;
    messages.push(`refused: ${error.message}`);
  }
  return messages.map((message) =>
    message.replace(/(operator must be) ".*"(?=, but)/, "$1 …")
      .replaceAll("rules[0].conditionGroups[0].conditions", "rules[0]…")
  );
}

const on = { type: "Fixed", variation: "on" };
const off = { type: "Fixed", variation: "off" };

function flag(key: string, rest: object = {}): object {
  return {
    key,
    type: "Boolean",
    enabled: true,
    variations: [{ key: "on", value: true }, { key: "off", value: false }],
    fallthrough: off,
    ...rest,
  };
}

function rule(conditions: readonly object[], rest: object = {}): object {
  return { rules: [{ id: "r", conditionGroups: [{ operator: "And", conditions }], serve: on, ...rest }] };
}

const condition = (attribute: string, operator: string, ...values: unknown[]): object => ({
  attribute,
  operator,
  values,
});

// Who converts the file of another system by hand keeps what looks alike. Nothing that means something else here may be silent.
describe("files of other systems, converted by hand (contract §2.1, §9)", () => {
  it("tell what is left of flagd: states, ranges of versions, weights that are relative", () => {
    expect(told([
      flag("welcome-banner", { state: "ENABLED", defaultVariant: "off" }),
      flag("new-search", rule([condition("version", "SemverGreaterThanOrEqual", "^1.2.0", "2.x")])),
      flag("header-color", {
        fallthrough: {
          type: "Rollout",
          bucketBy: "email",
          variations: [{ key: "on", weight: 1 }, { key: "off", weight: 3 }],
        },
      }),
      flag("by-role", rule([condition("role", "in", "admin"), condition("role", "starts_with", "")])),
      flag("shared", rule([{ ...condition("email", "EndsWith", "@corp.example"), $ref: "corp" }])),
      flag("fraction", rule([], { serve: { type: "Fractional", variation: "on" } })),
      flag("night", rule([condition("$flagd.timestamp", "After", 1_767_225_600)])),
    ])).toEqual([
      "flags[0].state is unknown and ignored",
      "flags[0].defaultVariant is unknown and ignored",
      'flags[1].rules[0]…[0].values[0] can never match: "^1.2.0" is not a version',
      'flags[1].rules[0]…[0].values[1] can never match: "2.x" is not a version',
      'flags[2].fallthrough.variations have weights that add up to 4, not 100: "off" gets the rest',
      "flags[3].rules[0]…[1].values[0] is empty: every text has the empty one in it",
      "flags[4].rules[0]…[0].$ref is unknown and ignored",
      "flags[5].rules[0]… is empty: the group matches everybody",
      'flags[5].rules[0].serve.type must be "Fixed" or "Rollout", but is "Fractional"',
      'flags[6].rules[0]…[0].attribute names one attribute of the context, not a path: "$flagd.timestamp"',
      "flags[5] is not served: a name in it is unknown",
    ]);
  });

  it("tell what is left of Unleash: inverted, its operators, segments beside constraints, millisecond dates", () => {
    expect(told([
      flag("checkout", {
        ...rule([{ ...condition("country", "NOT_IN", "DE"), inverted: true, caseInsensitive: true }]),
        stale: false,
        impressionData: true,
      }),
      flag(
        "notice",
        rule([condition("email", "STR_ENDS_WITH", "@x.example"), condition("age", "NUM_GT", "1,000")]),
      ),
      flag(
        "season",
        rule([condition("now", "After", "1767225600000000"), condition("n", "GreaterThan", "1,000")]),
      ),
      flag("beta", rule([condition("plan", "In", "pro")], { segmentKey: "insiders" })),
      flag("gone", rule([], { segmentKey: "7", conditionGroups: [] })),
      flag("quiet", rule([condition("userId", "In")])),
      flag("office", rule([condition("remoteAddress", "In", "10.0.0.0/8")])),
    ], [{ key: "insiders", conditionLogic: "And", conditions: [], project: "default" }])).toEqual([
      "flags[0].stale is unknown and ignored",
      "flags[0].impressionData is unknown and ignored",
      "flags[0].rules[0]…[0].inverted is unknown and ignored",
      "flags[0].rules[0]…[0].caseInsensitive is unknown and ignored",
      'flags[1].rules[0]…[0].operator must be …, but is "STR_ENDS_WITH"',
      'flags[1].rules[0]…[1].operator must be …, but is "NUM_GT"',
      'flags[2].rules[0]…[0].values[0] can never match: "1767225600000000" is not a date, or Unix time in seconds',
      'flags[2].rules[0]…[1].values[0] can never match: "1,000" is not a number',
      'flags[3].rules[0].conditionGroups is not consulted: the segment "insiders" decides',
      'flags[4].rules[0].segmentKey must be the key of a segment, but is "7"',
      "flags[5].rules[0]…[0].values is empty: the condition never matches",
      'flags[6].rules[0]…[0].values[0] is compared as text, not as a range of addresses: "10.0.0.0/8"',
      "segments[0].project is unknown and ignored",
      "segments[0].conditions is empty: the segment matches everybody",
    ]);
    const rollout = {
      type: "Rollout",
      variations: [{ key: "on", weight: "50" }, { key: "off", weight: "50" }],
    };
    expect(told([flag("texts", { fallthrough: rollout })])).toEqual([
      'refused: flags[0].fallthrough.variations[0].weight must be a finite number, but is "50"',
    ]);
  });

  it("tell what is left of GrowthBook: fractions, coverage, its operators, patterns, null", () => {
    const half = [{ key: "on", weight: 0.5 }, { key: "off", weight: 0.5 }];
    expect(told([
      flag("experiment", {
        fallthrough: { type: "Rollout", variations: half, coverage: 0.8, hashAttribute: "id" },
        defaultValue: false,
      }),
      flag("regex", rule([condition("url", "MatchesRegex", "^/shop(", "^/cart$")])),
      flag("exists", rule([condition("company", "$exists", true)])),
      flag("price", {
        type: "Number",
        variations: [{ key: "on", value: "9.99" }, { key: "off", value: 5 }],
      }),
      flag("gate", { prerequisites: [{ prerequisiteFlagKey: "experiments", expectedVariationKey: "on" }] }),
      flag("gate", { prerequisites: [{ prerequisiteFlagKey: "experiment", expectedVariationKey: "true" }] }),
    ])).toEqual([
      "flags[0].defaultValue is unknown and ignored",
      "flags[0].fallthrough.coverage is unknown and ignored",
      "flags[0].fallthrough.hashAttribute is unknown and ignored",
      "flags[0].fallthrough.variations[0].weight is 0.5, but the smallest share is 1 percent",
      "flags[0].fallthrough.variations[1].weight is 0.5, but the smallest share is 1 percent",
      'flags[0].fallthrough.variations have weights that add up to 1, not 100: "off" gets the rest',
      'flags[1].rules[0]…[0].values[0] can never match: "^/shop(" is not a pattern that can be compiled',
      'flags[2].rules[0]…[0].operator must be …, but is "$exists"',
      'flags[3].variations[0].value must be a number in a Number flag, but is "9.99"',
      'flags[4].prerequisites[0].prerequisiteFlagKey must be the key of a flag, but is "experiments"',
      'flags[5].prerequisites[0].expectedVariationKey must be "on" or "off", but is "true"',
      'flags[5].key must be unique, but is "gate", as in flags[4]',
    ]);
    expect(told([flag("absent", rule([condition("plan", "Equals", null)]))])).toEqual([
      "refused: flags[0].rules[0]…[0].values[0] must be a string, a number or a boolean, but is null",
    ]);
  });
});
