import { describe, expect, it } from "vitest";
import type { EvaluationContext } from "../../../src/evaluation/evaluation-context.ts";
import { bucketOf, saltOf } from "../../../src/evaluation/serve.ts";
import { OPERATORS } from "../../support/arbitrary-snapshot.ts";
import { matches } from "../../support/matches.ts";
import { referenceBucket } from "../../support/reference-evaluator.ts";
import { PROPERTY_TIMEOUT } from "../../support/runs.ts";
import { conditionalFlag, flagSetOf, wireSnapshot } from "../../support/wire.ts";

/** For each operator an attribute that meets `values`, and one that is there and does not. */
const MEETING: Readonly<
  Record<string, readonly [value: unknown, other: unknown, values: readonly string[]]>
> = {
  Equals: ["pro", "free", ["pro"]],
  NotEquals: ["free", "pro", ["pro"]],
  In: ["pro", "free", ["team", "pro"]],
  NotIn: ["free", "pro", ["team", "pro"]],
  Contains: ["a pro b", "free", ["pro"]],
  NotContains: ["free", "a pro b", ["pro"]],
  StartsWith: ["professional", "unpro", ["pro"]],
  EndsWith: ["unpro", "professional", ["pro"]],
  MatchesRegex: ["pro", "free", ["^p"]],
  GreaterThan: [2, 1, ["1"]],
  GreaterThanOrEqual: [1, 0, ["1"]],
  LessThan: [0, 1, ["1"]],
  LessThanOrEqual: [1, 2, ["1"]],
  Before: ["2024-01-01", "2024-01-02", ["2024-01-02"]],
  After: ["2024-01-02", "2024-01-01", ["2024-01-01"]],
  SemverEquals: ["1.0", "1.1", ["1.0.0"]],
  SemverGreaterThan: ["1.1", "1.0", ["1.0.0"]],
  SemverGreaterThanOrEqual: ["1.0", "0.9", ["1.0.0"]],
  SemverLessThan: ["0.9", "1.0", ["1.0.0"]],
  SemverLessThanOrEqual: ["1.0", "1.1", ["1.0.0"]],
};

describe("matchCondition()", () => {
  it("knows twenty operators (contract §3.3)", () => {
    expect(Object.keys(MEETING).sort()).toEqual([...OPERATORS].sort());
    expect(OPERATORS.length).toBe(20);
  });

  it.each(OPERATORS)("answers %s, and negate inverts the answer (contract §3.3)", (operator) => {
    const [value, other, values] = MEETING[operator]!;
    expect(matches(value, operator, values)).toBe(true);
    expect(matches(other, operator, values)).toBe(false);
    expect(matches(value, operator, values, { negate: true })).toBe(false);
    expect(matches(other, operator, values, { negate: true })).toBe(true);
  });

  it.each(OPERATORS)(
    "answers an absent attribute with negate itself under %s (contract §3.3)",
    (operator) => {
      const [, , values] = MEETING[operator]!;
      for (const absent of [undefined, null, Symbol("a"), Object.create(null)]) {
        for (const candidates of [values, []]) {
          expect(matches(absent, operator, candidates)).toBe(false);
          expect(matches(absent, operator, candidates, { negate: true })).toBe(true);
        }
      }
    },
  );

  it.each([...OPERATORS, "Unknown"])(
    "answers an inherited attribute as an absent one under %s (contract §3.2)",
    (operator) => {
      const [value, other, values] = MEETING[operator] ?? ["pro", "free", ["pro"]];
      for (const negate of [false, true]) {
        const condition = { attribute: "attribute", operator, values, negate };
        const flags = flagSetOf(wireSnapshot([conditionalFlag("flag", [condition])]), []);
        const absent = flags.evaluate("flag", {})?.value;
        for (const inherited of [value, other, Object(value)]) {
          const context = Object.create({ attribute: inherited }) as EvaluationContext;
          expect(flags.evaluate("flag", context)?.value).toBe(absent);
        }
      }
    },
  );

  it.each(["user_id", "userId"])(
    "finds the other spelling where an inherited %s does not match (contract §3.2)",
    (attribute) => {
      const condition = { attribute, operator: "Equals", values: ["u-1"], negate: false };
      const flags = flagSetOf(wireSnapshot([conditionalFlag("flag", [condition])]), []);
      const other = attribute === "userId" ? "user_id" : "userId";
      const context = Object.assign(Object.create({ [attribute]: "u-2" }), { [other]: "u-1" });
      expect(flags.evaluate("flag", context as EvaluationContext)?.value).toBe(true);
    },
  );

  it.each(OPERATORS)(
    "compares without a value as 'some' and 'none' do under %s (contract §3.3)",
    (operator) => {
      const isNone = operator.startsWith("Not");
      for (const value of ["pro", "", 1, "1.0.0", "2024-01-01", true]) {
        expect(matches(value, operator, [])).toBe(isNone);
        expect(matches(value, operator, [], { negate: true })).toBe(!isNone);
      }
    },
  );

  it.each(OPERATORS)("knows %s in any case and with underscores anywhere (contract §3.3)", (operator) => {
    const [value, other, values] = MEETING[operator]!;
    const snake = operator.replaceAll(/(?<=.)[A-Z]/g, "_$&");
    const spellings = [
      operator.toLowerCase(),
      operator.toUpperCase(),
      snake,
      snake.toLowerCase(),
      snake.toUpperCase(),
      `__${operator}__`,
      [...operator].join("_"),
    ];
    for (const spelling of spellings) {
      const warnings: string[] = [];
      expect(matches(value, spelling, values, { warnings })).toBe(true);
      expect(matches(other, spelling, values, { warnings })).toBe(false);
      expect(warnings).toEqual([]);
    }
  });

  it.each([
    "",
    "_",
    "SoundsLike",
    "Equal",
    "Equals ",
    " Equals",
    "Not-Equals",
    "NotMatchesRegex",
    "Semver",
    "constructor",
    "__proto__",
    "toString",
    "İn",
  ])(
    "does not match under the unknown operator %j, negated or not, and says so (contract §3.3)",
    (operator) => {
      for (const value of ["pro", 1, undefined, null]) {
        for (const negate of [false, true]) {
          const warnings: string[] = [];
          expect(matches(value, operator, ["pro", "1"], { negate, warnings })).toBe(false);
          expect(warnings).toEqual([
            `Unknown condition operator ${JSON.stringify(operator)}: its condition never matches`,
          ]);
        }
      }
    },
  );
});

describe("a hostile attribute of a million characters", () => {
  // Nothing is timed: an operator that took quadratic time would be at it for a quarter of an hour.
  const LENGTH = 1_000_000;
  const hostile: readonly string[] = [
    "1".repeat(LENGTH) + "x",
    "1".repeat(LENGTH) + "e",
    "1." + "1".repeat(LENGTH) + "x",
    ".".repeat(LENGTH),
    "1.".repeat(LENGTH / 2),
    "1.".repeat(LENGTH / 2) + "x",
    "0".repeat(LENGTH),
    "0".repeat(LENGTH) + "x",
    "1-" + "0.".repeat(LENGTH / 2),
    "1-" + "-".repeat(LENGTH),
    "v".repeat(LENGTH),
    "+".repeat(LENGTH),
    " ".repeat(LENGTH),
    " ".repeat(LENGTH) + "x",
    "x" + " ".repeat(LENGTH) + "x",
    "\u00a0".repeat(LENGTH) + "x",
    "2024-01-01T00:00:00." + "9".repeat(LENGTH) + "x",
    "2024-01-01T00:00" + " ".repeat(LENGTH) + "Z",
    "İ".repeat(LENGTH),
    "Σ".repeat(LENGTH),
    "\ud800".repeat(LENGTH),
  ];

  // One operator for each way to read the attribute, with a value that none of the above meets.
  it.each([
    ["Equals", "y"],
    ["Contains", "y"],
    ["StartsWith", "y"],
    ["EndsWith", "y"],
    ["MatchesRegex", "y$"],
    ["LessThan", "-1e400"],
    ["Before", "0001-01-01"],
    ["SemverLessThan", "0-0"],
  ])("is looked through in linear time by %s (contract §3.3)", (operator, value) => {
    for (const attribute of hostile) expect(matches(attribute, operator, [value])).toBe(false);
  }, PROPERTY_TIMEOUT);

  it("is hashed in linear time (contract §3.6)", () => {
    for (const value of hostile) expect(bucketOf(saltOf("salt"), value)).toBe(referenceBucket("salt", value));
  }, PROPERTY_TIMEOUT);
});
