import { describe, expect, it } from "vitest";
import { compareVersions, parseVersion } from "../../../../src/evaluation/operators/version.ts";
import { matches } from "../../../support/matches.ts";
import { conditionalFlag, flagSetOf, wireSnapshot } from "../../../support/wire.ts";

describe("parseVersion()", () => {
  it.each([
    "1",
    "0",
    "1.2",
    "1.2.3",
    "1.2.3.4.5.6.7.8",
    "01.002.0003",
    "v1.2.3",
    "V1.2.3",
    " \tv1.2.3\r\n",
    "\u00a0v1.2.3\u2003",
    "1.2.3+build",
    "1.2.3+",
    "1.2.3+a+b-c..d",
    "1.2.3-alpha+build",
    "1.2.3-alpha",
    "1.2.3-alpha.1.x",
    "1.2.3--",
    "1.2.3-a-b",
    "1.2.3-01",
    "1.2.3-é",
    "1.2.3-a b",
    "1-rc",
    `${"9".repeat(500)}.0.1`,
  ])("reads %j (contract §3.4)", (text) => {
    expect(parseVersion(text)).toBeDefined();
  });

  it.each([
    "",
    " ",
    "v",
    "vv1",
    "v 1",
    "version 1",
    "x1",
    ".",
    "1.",
    ".1",
    "1..2",
    "1.x",
    "1.2.*",
    "1.-2",
    "-1",
    "-alpha",
    "+1",
    "+build",
    "1.2.3-",
    "1.2.3-+build",
    "1.2.3-.a",
    "1.2.3-a.",
    "1.2.3-a..b",
    "1 .2",
    "1,2",
    "1a",
    "1.2.3rc1",
    "1e3",
    "0x1",
    "١.٢",
    "latest",
    "true",
  ])("refuses %j, which is not a version (contract §3.4)", (text) => {
    expect(parseVersion(text)).toBeUndefined();
  });
});

describe("compareVersions()", () => {
  const ascending: readonly (readonly string[])[] = [
    ["0", "0.0.0", "v0", "000"],
    ["0.0.1-0"],
    ["0.0.1", "0.0.1+0"],
    ["0.9"],
    ["0.10", "0.010.0.0"],
    ["1.0.0-0", "1.0.0-00"],
    ["1.0.0-9"],
    ["1.0.0-10", "1-010"],
    ["1.0.0-99999999999999999998"],
    ["1.0.0-99999999999999999999", "1.0.0-099999999999999999999"],
    ["1.0.0--"],
    ["1.0.0-0a"],
    ["1.0.0-0b"],
    ["1.0.0-ALPHA"],
    ["1.0.0-alpha", "v1.0.0-alpha+build"],
    ["1.0.0-alpha.1"],
    ["1.0.0-alpha.1.0"],
    ["1.0.0-alpha.beta"],
    ["1.0.0-alpha0"],
    ["1.0.0-beta"],
    ["1.0.0-beta.2"],
    ["1.0.0-beta.11"],
    ["1.0.0-rc.1"],
    ["1.0.0", "1", "1.0", "v1.0.0.0.0", "V1.0.0+rc.1", " 1.0.0 "],
    ["1.0.0.1"],
    ["1.0.1-rc"],
    ["1.0.1"],
    ["1.1"],
    ["2.0.0"],
    ["2.1.0"],
    ["2.1.1"],
    ["10.0.0"],
    ["99999999999999999998"],
    ["99999999999999999999", "00099999999999999999999.0"],
    ["100000000000000000000"],
  ];

  it("orders as semver §11 does, whatever the length of the digits (contract §3.4)", () => {
    for (const [rank, names] of ascending.entries()) {
      for (const [otherRank, otherNames] of ascending.entries()) {
        for (const name of names) {
          for (const other of otherNames) {
            const order = compareVersions(parseVersion(name)!, parseVersion(other)!);
            expect(`${name} ${Math.sign(order)} ${other}`).toBe(
              `${name} ${Math.sign(rank - otherRank)} ${other}`,
            );
          }
        }
      }
    }
  });
});

describe("versionEquals and the other operators", () => {
  it.each<[string, string, readonly boolean[]]>([
    // equals, >, >=, <, <=
    ["1.2.3", "v1.2.3+build", [true, false, true, false, true]],
    ["1.2.4", "1.2.3", [false, true, true, false, false]],
    ["1.2.3-rc", "1.2.3", [false, false, false, true, true]],
    ["1.2.3-RC", "1.2.3-rc", [false, false, false, true, true]],
    ["1.2.x", "1.2.3", [false, false, false, false, false]],
    ["1.2.3", "1.2.x", [false, false, false, false, false]],
    ["x", "x", [false, false, false, false, false]],
  ])("answers %j against %j under every operator (contract §3.3)", (value, other, expected) => {
    const operators = [
      "SemverEquals",
      "SemverGreaterThan",
      "SemverGreaterThanOrEqual",
      "SemverLessThan",
      "SemverLessThanOrEqual",
    ];
    expect(operators.map((operator) => matches(value, operator, [other]))).toEqual(expected);
    expect(operators.map((operator) => matches(value, operator, ["x", other]))).toEqual(expected);
    expect(operators.map((operator) => matches(value, operator, [other], { negate: true }))).toEqual(
      expected.map((isMatch) => !isMatch),
    );
  });

  it.each<[string, string, number]>([
    // Values of digits and dots are compared while they are read.
    ["1", "1.0.0", 0],
    ["1.0.0.0", "1", 0],
    ["1.0.0.1", "1", 1],
    ["1", "1.0.0.1", -1],
    ["1.2", "1.10", -1],
    ["2", "1.9.9", 1],
    ["1.9.9", "2", -1],
    ["0.9", "0.10", -1],
    ["007.010", "7.10", 0],
    ["1.0", "1.0.0-rc", 1],
    ["1.1", "1.0.0-rc", 1],
    ["0.9", "1.0.0-rc", -1],
    // 15 digits are exact in a double, 16 need not be.
    ["999999999999999", "999999999999998", 1],
    ["999999999999999", "999999999999999", 0],
    ["9999999999999999", "9999999999999998", 1],
    ["9007199254740993", "9007199254740992", 1],
    ["9007199254740992", "9007199254740993", -1],
    ["1.9007199254740993.5", "1.9007199254740992.7", 1],
    ["100000000000000000000", "99999999999999999999", 1],
  ])("orders %j beside %j: %i (contract §3.4)", (value, other, order) => {
    expect(matches(value, "SemverEquals", [other])).toBe(order === 0);
    expect(matches(value, "SemverGreaterThan", [other])).toBe(order > 0);
    expect(matches(value, "SemverGreaterThanOrEqual", [other])).toBe(order >= 0);
    expect(matches(value, "SemverLessThan", [other])).toBe(order < 0);
    expect(matches(value, "SemverLessThanOrEqual", [other])).toBe(order <= 0);
  });

  it.each(["", ".", "1.", ".1", "1..2", "1.2.", "1/2", "1:2", "1.:", "1,2", "١"])(
    "does not match %j, which is not a version (contract §3.4)",
    (value) => {
      for (const name of ["Equals", "GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual"]) {
        expect(matches(value, `Semver${name}`, ["0", "1", "2", "99"])).toBe(false);
      }
    },
  );

  it("compares with the lowest or the highest of several versions (contract §3.3)", () => {
    for (const others of [["2", "1.5", "3-rc"], ["3-rc", "2", "1.5"], ["1.5", "3-rc", "2"]]) {
      expect(matches("1.6", "SemverGreaterThan", others)).toBe(true);
      expect(matches("1.5", "SemverGreaterThan", others)).toBe(false);
      expect(matches("1.5", "SemverGreaterThanOrEqual", others)).toBe(true);
      expect(matches("2.9", "SemverLessThan", others)).toBe(true);
      expect(matches("3.0-rc", "SemverLessThan", others)).toBe(false);
      expect(matches("3.0-rc", "SemverLessThanOrEqual", others)).toBe(true);
      expect(matches("2.0", "SemverEquals", others)).toBe(true);
      expect(matches("2.1", "SemverEquals", others)).toBe(false);
    }
  });

  it("answers for a version of 16 MiB without an exception (contract §3.4)", () => {
    const long = 2 ** 24;
    const value = (text: string): string => text.repeat(long / text.length);
    const evaluated = (text: string, operator: string, other: string): unknown => {
      const flag = conditionalFlag("f", [{ attribute: "v", operator, values: [other] }]);
      return flagSetOf(wireSnapshot([flag])).evaluate("f", { v: text })?.variationKey;
    };
    // Not a version, so it does not match.
    expect(evaluated(value("1."), "SemverLessThan", "2")).toBe("off");
    expect(evaluated(value("1.a"), "SemverLessThan", "2")).toBe("off");
    expect(evaluated(`1-${value("a.")}`, "SemverLessThan", "2")).toBe("off");
    expect(evaluated(`${value("1.")}1`, "SemverLessThan", "2")).toBe("on");
    expect(evaluated(`${value("1.")}1-rc`, "SemverLessThan", "2")).toBe("on");
    expect(evaluated(value("1"), "SemverGreaterThan", "2")).toBe("on");
    expect(evaluated(`1-${value("a.")}a`, "SemverLessThan", "1")).toBe("on");
    expect(evaluated(`1-${value("a.")}a`, "SemverGreaterThan", "1-a")).toBe("on");
    expect(evaluated(`1-${value("0")}`, "SemverEquals", "1-0")).toBe("on");
    expect(evaluated(`1+${value("+.-")}`, "SemverEquals", "1")).toBe("on");
    expect(evaluated(value(" "), "SemverEquals", "1")).toBe("off");
  }, 60_000);

  it("reads a number as its text (contract §3.3)", () => {
    expect(matches(1.1, "SemverGreaterThan", ["1.0.9"])).toBe(true);
    expect(matches(2, "SemverEquals", ["2.0.0"])).toBe(true);
    expect(matches(-1, "SemverLessThan", ["2.0.0"])).toBe(false);
    expect(matches(1e21, "SemverGreaterThan", ["0"])).toBe(false);
  });
});
