import { describe, expect, it } from "vitest";
import {
  findFlagMistakes,
  findMistakes,
  findSegmentMistakes,
} from "../../../../src/server/environment/find-mistakes.ts";
import type { Mistake, Names } from "../../../../src/server/environment/find-mistakes.ts";
import { conditionalFlag, fixed, wireFlag, wireSegment, wireSnapshot } from "../../../support/wire.ts";
import type { WireCondition, WireFlag, WireRule } from "../../../support/wire.ts";

const NAMES: Names = {
  variationsOf: (key) => key === "other" ? ["on", "off"] : undefined,
  hasSegment: (key) => key === "eu",
};

const told = (mistakes: readonly Mistake[]): string[] =>
  mistakes.map(({ path, problem, isRefused }) => `${isRefused ? "refused: " : ""}${path} ${problem}`);

const ofFlag = (rest: Partial<WireFlag>): string[] => told(findFlagMistakes(wireFlag("flag", rest), NAMES));

const ofCondition = (condition: WireCondition): string[] =>
  told(findFlagMistakes(conditionalFlag("flag", [condition]), NAMES)).map((line) =>
    line.replace("rules[0].conditionGroups[0].conditions[0].", "")
  );

const weights = (...weights: number[]): string[] =>
  ofFlag({
    fallthrough: {
      type: "Rollout",
      variations: weights.map((weight, index) => ({ key: index === 0 ? "on" : "off", weight })),
    },
  });

describe("findFlagMistakes()", () => {
  it("finds nothing in a good flag, descriptions and spellings of names included (contract §3.3)", () => {
    expect(ofFlag({
      ...{ description: "for people" },
      type: "BOOLEAN",
      rules: [{
        id: "r",
        ...{ description: "for people" },
        conditionGroups: [{
          operator: "or",
          conditions: [{ attribute: "a", operator: "greater_than", values: [1, "2.5", " 1e3 "] }],
        }],
        serve: fixed("on"),
      }],
      prerequisites: [{ prerequisiteFlagKey: "other", expectedVariationKey: "on" }],
    })).toEqual([]);
  });

  it("finds conditions beside a segment: they are not consulted (contract §3.1)", () => {
    const condition = { attribute: "plan", operator: "In", values: ["pro"] };
    const rule = (segmentKey: string | null) => ({
      rules: [{
        id: "r",
        segmentKey,
        conditionGroups: [{ operator: "And", conditions: [condition] }],
        serve: fixed("on"),
      }],
    });
    expect(ofFlag(rule("eu"))).toEqual([
      'rules[0].conditionGroups is not consulted: the segment "eu" decides',
    ]);
    expect(ofFlag(rule(null))).toEqual([]);
  });

  it("finds weights that do not add up to 100, or lie below 1 (contract §3.6)", () => {
    expect(weights(20, 80)).toEqual([]);
    expect(weights(33.33, 66.66)).toEqual([]);
    expect(weights(1, 1)).toEqual([
      'fallthrough.variations have weights that add up to 2, not 100: "off" gets the rest',
    ]);
    expect(weights(50, 50, 50)).toEqual([
      "fallthrough.variations have weights that add up to 150, not 100: what lies above 100 is never served",
    ]);
    expect(weights(0.5, 99.5)).toEqual([
      "fallthrough.variations[0].weight is 0.5, but the smallest share is 1 percent",
    ]);
    expect(weights(0, 100)).toEqual([]);
  });

  it.each<[WireCondition, string]>([
    [
      { attribute: "n", operator: "GreaterThan", values: ["1,000"] },
      'values[0] can never match: "1,000" is not a number',
    ],
    [
      { attribute: "t", operator: "Before", values: [1_700_000_000_000] },
      'values[0] can never match: "1700000000000" is not a date, or Unix time in seconds',
    ],
    [
      { attribute: "v", operator: "SemverGreaterThan", values: ["1.0", "1.x"] },
      'values[1] can never match: "1.x" is not a version',
    ],
    [
      { attribute: "p", operator: "MatchesRegex", values: ["^a+$", "("] },
      'values[1] can never match: "(" is not a pattern that can be compiled',
    ],
    [
      { attribute: "p", operator: "EndsWith", values: ["a", ""] },
      "values[1] is empty: every text has the empty one in it",
    ],
    [{ attribute: "p", operator: "In", values: [] }, "values is empty: the condition never matches"],
    [{ attribute: "p", operator: "NotIn", values: [] }, "values is empty: the condition always matches"],
    [
      { attribute: "p", operator: "In", values: [], negate: true },
      "values is empty: the condition always matches",
    ],
    ...["$.user.id", "$['plan']", "$flagd.timestamp", "/address/city"].map((
      attribute,
    ): [WireCondition, string] => [
      { attribute, operator: "In", values: ["a"] },
      `attribute names one attribute of the context, not a path: "${attribute}"`,
    ]),
    ...["10.0.0.0/8", "2001:db8::/32", "::/0"].map((range): [WireCondition, string] => [
      { attribute: "ip", operator: "not_in", values: ["10.0.0.1", range] },
      `values[1] is compared as text, not as a range of addresses: "${range}"`,
    ]),
    ...["*@corp.example", "/shop/*", "^/cart$"].map((pattern): [WireCondition, string] => [
      { attribute: "a", operator: "StartsWith", values: ["a", pattern] },
      `values[1] is compared as text, not as a pattern: "${pattern}"`,
    ]),
    ...["123, 321", "DE,AT", "1,000"].map((list): [WireCondition, string] => [
      { attribute: "a", operator: "In", values: [list] },
      `values[0] is one value, not a list: "${list}"`,
    ]),
    ...[" 10.0.0.1", "DE\n"].map((blank): [WireCondition, string] => [
      { attribute: "a", operator: "NotIn", values: [blank] },
      `values[0] is compared with the white space around it: ${JSON.stringify(blank)}`,
    ]),
    [
      { attribute: "email", operator: "Equals", values: ["@corp.example"] },
      'values[0] is compared with the whole attribute, not with its end: "@corp.example"',
    ],
  ])("finds a condition that cannot mean what it says, case %#", (condition, message) => {
    expect(ofCondition(condition)).toEqual([message]);
  });

  it("finds nothing in names and texts that only look like paths or ranges", () => {
    for (const attribute of ["$browser", "user.id", "a/b", "$", "https://example.com/claim"]) {
      expect(ofCondition({ attribute, operator: "In", values: ["a"] })).toEqual([]);
    }
    for (const value of ["10.0.0.1", "2026/11", "a:b/1", "1.2.3/4", "::1", "/8"]) {
      expect(ofCondition({ attribute: "ip", operator: "StartsWith", values: [value] })).toEqual([]);
    }
    expect(ofCondition({ attribute: "ip", operator: "MatchesRegex", values: ["10.0.0.0/8"] })).toEqual([]);
    for (const value of ["Berlin, the city", "a,", "$5", "^1.2", "ada@corp.example", "@ada", ""]) {
      expect(ofCondition({ attribute: "a", operator: "In", values: [value] })).toEqual([]);
    }
    for (const operator of ["Contains", "StartsWith", "EndsWith"]) {
      expect(ofCondition({ attribute: "a", operator, values: ["@corp.example", " ", "a,b"] })).toEqual([]);
    }
    expect(ofCondition({ attribute: "a", operator: "MatchesRegex", values: ["^a.*$"] })).toEqual([]);
  });

  it("finds rules behind one that matches everybody, in the order of evaluation (contract §3.1)", () => {
    const rule = (
      id: string,
      priority: number,
      conditionGroups: WireRule["conditionGroups"] = [],
    ): WireRule => ({
      id,
      priority,
      conditionGroups,
      serve: fixed("on"),
    });
    const conditions = [{ attribute: "plan", operator: "In", values: ["pro"] }];
    const pro = [{ operator: "And", conditions }];
    expect(ofFlag({ rules: [rule("a", 0, pro), rule("all", 2), rule("c", 1, pro)] })).toEqual([]);
    expect(ofFlag({ rules: [rule("a", 3, pro), rule("all", 0), rule("c", 1, pro)] })).toEqual([
      "rules[2] is never reached: rules[1] matches everybody",
      "rules[0] is never reached: rules[1] matches everybody",
    ]);
    expect(ofFlag({ rules: [{ ...rule("segment", 0), segmentKey: "eu" }, rule("c", 1, pro)] })).toEqual([]);
    const empty = [{ operator: "And", conditions: [] }];
    expect(ofFlag({ rules: [rule("a", 0, empty), rule("b", 0, pro)] })).toContain(
      "rules[1] is never reached: rules[0] matches everybody",
    );
    expect(ofFlag({ rules: [rule("a", 0, [...empty, ...pro]), rule("b", 0, pro)] })).toHaveLength(1);
  });

  it("finds a path in place of the attribute that a rollout goes by", () => {
    const fallthrough = (bucketBy: string) => ({
      fallthrough: {
        type: "Rollout",
        bucketBy,
        variations: [{ key: "on", weight: 20 }, { key: "off", weight: 80 }],
      },
    });
    expect(ofFlag(fallthrough("$.company.id"))).toEqual([
      'fallthrough.bucketBy names one attribute of the context, not a path: "$.company.id"',
    ]);
    expect(ofFlag(fallthrough("random"))).toEqual([
      'fallthrough.bucketBy names an attribute of the context, not a way to choose: "random"',
    ]);
    expect(ofFlag(fallthrough("company"))).toEqual([]);
  });

  it("finds null in a flag of any type: callers get their default", () => {
    for (const type of ["Json", "Money"]) {
      expect(ofFlag({ type, variations: [{ key: "on", value: null }, { key: "off", value: 1 }] })).toContain(
        "variations[0].value is null: callers get their default",
      );
    }
  });

  it("finds unknown properties and references, which a change through the API is refused for", () => {
    expect(ofFlag({ ...{ enabeld: false }, offVariation: "blue" })).toEqual([
      "enabeld is unknown and ignored",
      'refused: offVariation must be "on" or "off", but is "blue"',
    ]);
  });
});

describe("findSegmentMistakes()", () => {
  it("finds a segment that matches everybody (contract §3.1)", () => {
    expect(told(findSegmentMistakes(wireSegment("s", { conditions: [] })))).toEqual([
      "conditions is empty: the segment matches everybody",
    ]);
    expect(told(findSegmentMistakes(wireSegment("s")))).toEqual([]);
  });
});

describe("findMistakes()", () => {
  it("names the path from the snapshot, of several mistakes each", () => {
    const snapshot = wireSnapshot([
      wireFlag("a", { offVariation: "blue", fallthrough: fixed("red") }),
      wireFlag("a"),
      wireFlag("b", { prerequisites: [{ prerequisiteFlagKey: "a", expectedVariationKey: "on" }] }),
    ], [wireSegment("s"), wireSegment("s")]);
    expect(told(findMistakes(snapshot))).toEqual([
      'refused: flags[0].fallthrough.variation must be "on" or "off", but is "red"',
      'refused: flags[0].offVariation must be "on" or "off", but is "blue"',
      'refused: flags[1].key must be unique, but is "a", as in flags[0]',
      'refused: segments[1].key must be unique, but is "s", as in segments[0]',
    ]);
  });

  it("finds prerequisites that form a cycle (contract §3.1)", () => {
    const needing = (key: string, ...needed: readonly string[]): WireFlag =>
      wireFlag(key, {
        prerequisites: needed.map((prerequisiteFlagKey) => ({
          prerequisiteFlagKey,
          expectedVariationKey: "on",
        })),
      });
    const flags = [
      needing("a", "b"),
      needing("b", "c", "d"),
      needing("c", "a"),
      needing("d"),
      needing("e", "a"),
      needing("f", "f"),
    ];
    expect(told(findMistakes(wireSnapshot(flags)))).toEqual(
      [0, 1, 2, 5].map((index) =>
        `flags[${index}].prerequisites form a cycle: the flag serves its off variation`
      ),
    );
    // A chain is no cycle, however long: a search from each of its flags would take minutes.
    const chain = Array.from({ length: 20_000 }, (_, index) => needing(`${index}`, `${index + 1}`));
    expect(told(findMistakes(wireSnapshot([...chain, needing("20000")])))).toEqual([]);
  });
});
