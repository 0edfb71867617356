import { describe, expect, it } from "vitest";
import { PayloadError } from "../../../../src/contract/payload-error.ts";
import { OPERATORS } from "../../../../src/contract/condition.ts";
import { readEnvironment } from "../../../../src/server/environment/environment.ts";
import { FlagSet } from "../../../../src/store/flag-set.ts";
import { conditionalFlag, fixed, wireFlag, wireSegment } from "../../../support/wire.ts";
import type { WireFlag } from "../../../support/wire.ts";

/** Why an environment is refused, or the first warning about it. */
function problemOf(file: unknown): string {
  const warnings: string[] = [];
  try {
    readEnvironment(file, (message) => warnings.push(message));
  } catch (error) {
    if (error instanceof PayloadError) return `refused: ${error.message}`;
    throw error;
  }
  return warnings[0] ?? "accepted";
}

function flagProblem(rest: Partial<WireFlag>): string {
  return problemOf({
    flags: [wireFlag("other"), wireFlag("flag", rest)],
    segments: [wireSegment("pro-users")],
  });
}

const circular: Record<string, unknown> = {};
circular.self = circular;

describe("readEnvironment()", () => {
  it("asks for flags alone", () => {
    expect(readEnvironment({ flags: [] }, () => {})).toEqual({
      environment: "",
      version: 0,
      flags: [],
      segments: [],
    });
  });

  it("shares nothing with what it is given", () => {
    const flag = { ...wireFlag("json", { type: "Json" }), variations: [{ key: "on", value: { list: [1] } }] };
    const file = { flags: [{ ...flag, offVariation: null }] };
    const read = readEnvironment(file, () => {});
    file.flags[0]!.variations[0]!.value.list.push(2);
    expect(read.flags[0]!.variations[0]!.value).toEqual({ list: [1] });
  });

  it("keeps flags and attributes named __proto__", () => {
    const file = JSON.parse(`{"flags":[${JSON.stringify(wireFlag("__proto__"))}]}`);
    file.flags[0].type = "Json";
    file.flags[0].variations[0].value = JSON.parse('{"__proto__":{"polluted":true}}');
    const flag = readEnvironment(file, () => {}).flags[0]!;
    expect(flag.key).toBe("__proto__");
    expect(JSON.stringify(flag.variations[0]!.value)).toBe('{"__proto__":{"polluted":true}}');
  });

  it("warns about unknown properties, with their paths", () => {
    const warnings: string[] = [];
    const condition = { attribute: "plan", operator: "In", values: ["pro"], negated: true };
    const file = { $schema: "x", flags: [conditionalFlag("flag", [condition])] };
    readEnvironment(file, (message) => warnings.push(message));
    expect(warnings).toEqual([
      "flags[0].rules[0].conditionGroups[0].conditions[0].negated is unknown and ignored",
    ]);
  });

  it("does not look into values for unknown properties", () => {
    const warnings: string[] = [];
    const flag = wireFlag("flag", {
      type: "Json",
      variations: [{ key: "on", value: { any: { thing: 1 } } }],
    });
    readEnvironment({ flags: [{ ...flag, offVariation: "on" }] }, (message) => warnings.push(message));
    expect(warnings).toEqual([]);
  });

  it.each<[unknown, string]>([
    [null, "refused: the payload must be an object, but is null"],
    [[], "refused: the payload must be an object, but is a list"],
    [circular, "refused: the payload must be JSON"],
    [{ flags: 1n }, "refused: the payload must be JSON"],
    [{}, "refused: flags must be a list, but is missing"],
    [{ flags: [], segments: null }, "refused: segments must be a list, but is null"],
    [{ flags: ["dark-mode"] }, 'refused: flags[0] must be an object, but is "dark-mode"'],
    [{ flags: [{}] }, "refused: flags[0].type must be a string, but is missing"],
    [
      { flags: [wireFlag("a"), wireFlag("b"), wireFlag("a")] },
      'flags[2].key must be unique, but is "a", as in flags[0]',
    ],
    [
      { flags: [], segments: [wireSegment("s"), wireSegment("s")] },
      'segments[1].key must be unique, but is "s", as in segments[0]',
    ],
    [
      { flags: [], segments: [wireSegment("s", { conditionLogic: "Xor" })] },
      'segments[0].conditionLogic must be "And" or "Or", but is "Xor"',
    ],
    [
      { flags: [], segments: [wireSegment("s", { conditions: undefined })] },
      "segments[0].conditions must be a list, but is missing",
    ],
  ])("reports a file with a problem, case %#", (file, message) => {
    expect(problemOf(file)).toBe(message);
  });

  it.each<[Partial<WireFlag>, string]>([
    [{ type: "Bool" }, 'flags[1].type must be "Boolean", "String", "Number" or "Json", but is "Bool"'],
    [
      { fallthrough: { type: "Canary" } },
      'flags[1].fallthrough.type must be "Fixed" or "Rollout", but is "Canary"',
    ],
    [{ fallthrough: fixed("blue") }, 'flags[1].fallthrough.variation must be "on" or "off", but is "blue"'],
    [
      { fallthrough: { type: "Fixed" } },
      'flags[1].fallthrough.variation must be "on" or "off", but is missing',
    ],
    [
      { fallthrough: { type: "Rollout" } },
      'flags[1].fallthrough.variation must be "on" or "off", but is missing',
    ],
    [
      {
        fallthrough: { type: "Rollout", variations: [{ key: "on", weight: 50 }, { key: "of", weight: 50 }] },
      },
      'flags[1].fallthrough.variations[1].key must be "on" or "off", but is "of"',
    ],
    [
      { fallthrough: { type: "Rollout", variations: [{ key: "on", weight: -1 }] } },
      "flags[1].fallthrough.variations[0].weight must be at least 0, but is -1",
    ],
    [
      { fallthrough: { type: "Rollout", variations: [{ key: "on", weight: Infinity }] } },
      "refused: flags[1].fallthrough.variations[0].weight must be a finite number, but is null",
    ],
    [{ offVariation: "blue" }, 'flags[1].offVariation must be "on" or "off", but is "blue"'],
    [
      { variations: [{ key: "on", value: true }, { key: "off", value: "false" }] },
      'flags[1].variations[1].value must be true or false in a Boolean flag, but is "false"',
    ],
    [
      { type: "Number", variations: [{ key: "on", value: null }, { key: "off", value: 0 }] },
      "flags[1].variations[0].value must be a number in a Number flag, but is null",
    ],
    [{ variations: [{ key: "on" }] }, "flags[1].variations[0].value must be there, but is missing"],
    [
      { variations: [{ key: "on", value: true }, { key: "on", value: false }] },
      'flags[1].variations[1].key must be unique, but is "on", as in variations[0]',
    ],
    [
      { rules: [{ id: "r", segmentKey: "nobody", serve: fixed("on") }] },
      'flags[1].rules[0].segmentKey must be the key of a segment, but is "nobody"',
    ],
    [
      { rules: [{ id: "r", serve: fixed("on") }] },
      "flags[1].rules[0].conditionGroups must be a list, but is missing",
    ],
    [
      { rules: [{ id: "r", conditionGroups: [{ operator: "Or" }], serve: fixed("on") }] },
      "flags[1].rules[0].conditionGroups[0].conditions must be a list, but is missing",
    ],
    [
      { rules: [{ id: "r", conditionGroups: [{ operator: "", conditions: [] }], serve: fixed("on") }] },
      'flags[1].rules[0].conditionGroups[0].operator must be "And" or "Or", but is ""',
    ],
    [
      { rules: [1, 2].map(() => ({ id: "r", conditionGroups: [], serve: fixed("on") })) },
      'flags[1].rules[1].id must be unique, but is "r", as in rules[0]',
    ],
    [
      { prerequisites: [{ prerequisiteFlagKey: "gone", expectedVariationKey: "on" }] },
      'flags[1].prerequisites[0].prerequisiteFlagKey must be the key of a flag, but is "gone"',
    ],
    [
      { prerequisites: [{ prerequisiteFlagKey: "other", expectedVariationKey: "yes" }] },
      'flags[1].prerequisites[0].expectedVariationKey must be "on" or "off", but is "yes"',
    ],
  ])("warns about a flag with a mistake and serves it (contract §9), case %#", (rest, message) => {
    expect(flagProblem(rest)).toBe(message);
  });

  it("warns about an unknown operator and lists the known ones (contract §3.3)", () => {
    const flag = conditionalFlag("flag", [{ attribute: "plan", operator: "Is", values: ["pro"] }]);
    const message = problemOf({ flags: [flag] });
    expect(message).toContain(
      'flags[0].rules[0].conditionGroups[0].conditions[0].operator must be "Equals", ',
    );
    expect(message).toContain(', but is "Is"');
    for (const operator of OPERATORS) expect(message).toContain(JSON.stringify(operator));
  });

  it("knows the operators that the evaluation knows, in any spelling (contract §3.3)", () => {
    const spellings = OPERATORS.flatMap((
      name,
    ) => [name, name.toUpperCase(), name.replace(/(?<=.)(?=[A-Z])/g, "_")]);
    expect(OPERATORS).toHaveLength(20);
    for (const operator of spellings) {
      const warnings: string[] = [];
      const warn = (message: string): void => void warnings.push(message);
      const flag = conditionalFlag("flag", [{ attribute: "plan", operator, values: ["1"] }]);
      const flags = FlagSet.of(readEnvironment({ flags: [flag] }, warn), warn);
      flags.evaluate("flag", { plan: "1" });
      expect(warnings).toEqual([]);
    }
  });

  it("counts nesting as the contract does: 100 levels, no more (contract §2.1)", () => {
    const nested = (levels: number): unknown => JSON.parse("[".repeat(levels) + "]".repeat(levels));
    const file = (levels: number): unknown => ({
      flags: [
        wireFlag("flag", {
          type: "Json",
          variations: [{ key: "on", value: nested(levels) }],
          offVariation: "",
        }),
      ],
    });
    expect(problemOf(file(100))).toBe("accepted");
    expect(problemOf(file(101))).toBe(
      "refused: flags[0].variations[0].value must be nested at most 100 levels deep",
    );
  });
});
