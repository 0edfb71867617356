import { describe, expect, it } from "vitest";
import { takeFlag } from "../../../src/contract/flag.edge.ts";
import { decodeFlag } from "../../../src/contract/flag.ts";
import { PayloadError } from "../../../src/contract/payload-error.ts";
import { decodeSnapshot } from "../../../src/contract/snapshot.ts";
import type { Snapshot, TakeFlag } from "../../../src/contract/snapshot.ts";
import type { PendingFlag } from "../../../src/contract/flag.ts";
import { FlagSet, snapshotOf } from "../../../src/store/flag-set.ts";
import { fixed, wireFlag, wireSegment, wireSnapshot } from "../../support/wire.ts";

const MISSING = Symbol("missing");

/** Every property that the contract names, at least once. */
const FULL = wireSnapshot([
  wireFlag("first"),
  wireFlag("second", {
    rules: [{
      id: "rule",
      priority: 1,
      conditionGroups: [{
        operator: "Or",
        conditions: [{ attribute: "plan", operator: "In", values: ["pro", "team"], negate: false }],
      }],
      segmentKey: "segment",
      serve: {
        type: "Rollout",
        bucketBy: "userId",
        salt: "salt",
        variation: "on",
        variations: [{ key: "on", weight: 20 }, { key: "off", weight: 80 }],
      },
    }],
    prerequisites: [{ prerequisiteFlagKey: "first", expectedVariationKey: "on" }],
  }),
], [wireSegment("segment")]);

const RULE = "flags[1].rules[0]";
const CONDITION = `${RULE}.conditionGroups[0].conditions[0]`;

const STRINGS = [
  "flags[0].key",
  "flags[1].type",
  "flags[1].variations[1].key",
  `${RULE}.id`,
  `${RULE}.conditionGroups[0].operator`,
  `${CONDITION}.attribute`,
  `${CONDITION}.operator`,
  `${RULE}.serve.type`,
  `${RULE}.serve.variations[1].key`,
  "flags[1].fallthrough.type",
  "flags[1].prerequisites[0].prerequisiteFlagKey",
  "flags[1].prerequisites[0].expectedVariationKey",
  "segments[0].key",
  "segments[0].conditionLogic",
  "segments[0].conditions[0].attribute",
  "segments[0].conditions[0].operator",
];
const OPTIONAL_STRINGS = [
  "flags[1].offVariation",
  "flags[1].fallthrough.variation",
  "flags[1].fallthrough.salt",
  "flags[1].fallthrough.bucketBy",
  `${RULE}.segmentKey`,
  `${RULE}.serve.variation`,
  `${RULE}.serve.salt`,
  `${RULE}.serve.bucketBy`,
];
const BOOLEANS = ["flags[1].enabled"];
const OPTIONAL_BOOLEANS = [`${CONDITION}.negate`, "segments[0].conditions[0].negate"];
const OPTIONAL_NUMBERS = [`${RULE}.priority`, `${RULE}.serve.variations[1].weight`];
const LISTS = ["flags", "segments", "flags[1].variations"];
const OPTIONAL_LISTS = [
  "flags[1].rules",
  `${RULE}.conditionGroups`,
  `${RULE}.conditionGroups[0].conditions`,
  `${CONDITION}.values`,
  `${RULE}.serve.variations`,
  "flags[1].fallthrough.variations",
  "flags[1].prerequisites",
  "segments[0].conditions",
  "segments[0].conditions[0].values",
];
const OBJECTS = ["flags[1].fallthrough", `${RULE}.serve`];
const LISTED_OBJECTS = [
  "flags[1]",
  "flags[1].variations[1]",
  RULE,
  `${RULE}.conditionGroups[0]`,
  CONDITION,
  `${RULE}.serve.variations[1]`,
  "flags[1].prerequisites[0]",
  "segments[0]",
  "segments[0].conditions[0]",
];
const CONDITION_VALUES = [`${CONDITION}.values[1]`, "segments[0].conditions[0].values[0]"];

const FOUND: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [MISSING, "missing"],
  [null, "null"],
  [[], "a list"],
  [["x"], "a list"],
  [{}, "an object"],
  [{ length: 0 }, "an object"],
  ["", '""'],
  ["x", '"x"'],
  ["true", '"true"'],
  ["1", '"1"'],
  [0, "0"],
  [1.5, "1.5"],
  [true, "true"],
  [false, "false"],
  [Infinity, "Infinity"],
]);

describe("decodeSnapshot(): type violations (contract §2.1, 1)", () => {
  const nothing = [MISSING, null];
  const lists = [...FOUND.keys()].filter(Array.isArray);
  const objects = [...FOUND.keys()].filter((x) => typeof x === "object" && x !== null && !Array.isArray(x));
  const strings = [...FOUND.keys()].filter((x) => typeof x === "string");
  const numbers = [0, 1.5, Infinity];
  const booleans = [true, false];

  rejects(STRINGS, "a string", [...nothing, ...lists, ...objects, ...numbers, ...booleans]);
  rejects(OPTIONAL_STRINGS, "a string or null", [...lists, ...objects, ...numbers, ...booleans]);
  rejects(BOOLEANS, "true or false", [...nothing, ...lists, ...objects, ...strings, ...numbers]);
  rejects(OPTIONAL_BOOLEANS, "true or false", [null, ...lists, ...objects, ...strings, ...numbers]);
  rejects(OPTIONAL_NUMBERS, "a finite number", [
    null,
    ...lists,
    ...objects,
    ...strings,
    ...booleans,
    Infinity,
  ]);
  rejects(LISTS, "a list", [...nothing, ...objects, ...strings, ...numbers, ...booleans]);
  rejects(OPTIONAL_LISTS, "a list", [...objects, ...strings, ...numbers, ...booleans]);
  rejects(OBJECTS, "an object", [...nothing, ...lists, ...strings, ...numbers, ...booleans]);
  rejects(LISTED_OBJECTS, "an object", [null, ...lists, ...strings, ...numbers, ...booleans]);
  rejects(CONDITION_VALUES, "a string, a number or a boolean", [null, ...lists, ...objects]);

  accepts(OPTIONAL_STRINGS, [...nothing, ...strings]);
  accepts(OPTIONAL_BOOLEANS, [MISSING, ...booleans]);
  accepts(OPTIONAL_NUMBERS, [MISSING, 0, -0, -1, 1.5, 1e308, 5e-324]);
  accepts(OPTIONAL_LISTS, [...nothing, []]);
  accepts(CONDITION_VALUES, [...strings, ...numbers, ...booleans]);

  function rejects(paths: readonly string[], expected: string, values: readonly unknown[]): void {
    it.each(paths)(`refuse the whole payload where %s is not ${expected}`, (path) => {
      for (const value of values) {
        const { error, warnings } = offered(changed(path, value));
        expect(error?.message).toBe(`${path} must be ${expected}, but is ${FOUND.get(value)}`);
        expect(error?.path).toBe(path);
        expect(error?.code).toBe("INVALID_PAYLOAD");
        expect(warnings).toEqual([]);
      }
    });
  }

  function accepts(paths: readonly string[], values: readonly unknown[]): void {
    it.each(paths)("do not include another value of %s", (path) => {
      for (const value of values) {
        const { snapshot, warnings } = offered(changed(path, value));
        expect(keysOf(snapshot)).toEqual(["first", "second", "segment"]);
        expect(warnings).toEqual([]);
      }
    });
  }

  it("refuse a payload that is not an object", () => {
    for (const payload of [null, [], [FULL], "x", 1, true]) {
      const { error } = offered(payload);
      expect(error?.message).toMatch(/^the payload must be an object, but is /);
      expect(error?.path).toBe("");
    }
    expect(offered({}).error?.message).toBe("flags must be a list, but is missing");
  });

  it("refuse a payload for the one at its end as for the one at its head", () => {
    const flags = Array.from({ length: 300 }, (_, index) => wireFlag(`f${index}`));
    const { error } = offered({ ...FULL, flags: [...flags, { ...wireFlag("f"), enabled: 1 }] });
    expect(error?.message).toBe("flags[300].enabled must be true or false, but is 1");
  });

  it("refuse a payload, even if something else in it would be dropped or tolerated", () => {
    const dropped = wireFlag("dropped", { fallthrough: { type: "Canary" } });
    const broken = { ...FULL, flags: [dropped, ...FULL.flags], segments: [{ ...wireSegment("s"), key: 7 }] };
    expect(offered(broken).error?.message).toBe("segments[0].key must be a string, but is 7");
    const insideDropped = { ...FULL, flags: [{ ...dropped, rules: 7 }] };
    expect(offered(insideDropped).error?.message).toBe("flags[0].rules must be a list, but is 7");
  });

  it("quote no more than a hundred characters of what was found", () => {
    const { error } = offered({ ...FULL, flags: "x".repeat(1_000) });
    expect(error?.message).toBe(`flags must be a list, but is "${"x".repeat(99)}…"`);
  });

  it("include an infinite number, as 1e400 is", () => {
    const text = JSON.stringify(FULL).replace('"priority":1', '"priority":1e400');
    expect(offered(JSON.parse(text)).error?.message).toBe(
      `${RULE}.priority must be a finite number, but is Infinity`,
    );
  });

  it("include nesting beyond a hundred levels, and nothing less", () => {
    for (const wrap of [(inner: string) => `[${inner}]`, (inner: string) => `{"a":${inner}}`]) {
      for (const core of ["1", "null", '"x"']) {
        const nested = (levels: number): unknown => {
          let json = core;
          for (let level = 0; level < levels; level++) json = wrap(json);
          return changed("flags[1].variations[1].value", JSON.parse(json));
        };
        expect(offered(nested(100)).error).toBeUndefined();
        expect(offered(nested(101)).error?.message).toBe(
          "flags[1].variations[1].value must be nested at most 100 levels deep",
        );
        expect(offered(nested(1_000)).error?.path).toBe("flags[1].variations[1].value");
      }
    }
  });
});

describe("decodeSnapshot(): unknown names (contract §2.1, 2)", () => {
  it.each([
    ["flags[1].fallthrough.type", "fallthrough.type"],
    [`${RULE}.serve.type`, "rules[0].serve.type"],
  ])("drop the flag around %s, and only it", (path, inner) => {
    for (const name of ["", "Canary", " Fixed", "Fixed ", "Roll_out", "constructor", "toString", "ﬁxed"]) {
      const { snapshot, warnings } = offered(changed(path, name));
      expect(keysOf(snapshot)).toEqual(["first", "segment"]);
      expect(warnings).toEqual([
        `Flag "second" dropped: ${inner} is ${JSON.stringify(name)}, ` +
        "but this version knows only Fixed and Rollout",
      ]);
    }
  });

  it("drop the flag around a group's operator, and only it", () => {
    for (const name of ["", "Xor", "And ", "A_nd", "&&", "constructor"]) {
      const { snapshot, warnings } = offered(changed(`${RULE}.conditionGroups[0].operator`, name));
      expect(keysOf(snapshot)).toEqual(["first", "segment"]);
      expect(warnings).toEqual([
        `Flag "second" dropped: rules[0].conditionGroups[0].operator is ${JSON.stringify(name)}, ` +
        "but this version knows only And and Or",
      ]);
    }
  });

  it("drop the segment around its logic, and only it", () => {
    for (const name of ["", "Xor", "Not", "And "]) {
      const { snapshot, warnings } = offered(changed("segments[0].conditionLogic", name));
      expect(keysOf(snapshot)).toEqual(["first", "second"]);
      expect(warnings).toEqual([
        `Segment "segment" dropped: conditionLogic is ${JSON.stringify(name)}, ` +
        "but this version knows only And and Or",
      ]);
    }
  });

  it("drop a flag though it is disabled", () => {
    const flag = wireFlag("f", { enabled: false, fallthrough: { type: "Canary" } });
    expect(keysOf(offered(wireSnapshot([flag])).snapshot)).toEqual([]);
  });

  it("give one warning for each flag and segment, for the first name in each", () => {
    const odd = { type: "Canary" };
    const flags = [
      wireFlag("a", { rules: [{ id: "r", serve: odd }, { id: "q", serve: odd }], fallthrough: odd }),
      wireFlag("b"),
      wireFlag("c", { fallthrough: odd }),
    ];
    const { snapshot, warnings } = offered(wireSnapshot(flags, [wireSegment("s", { conditionLogic: "?" })]));
    expect(keysOf(snapshot)).toEqual(["b"]);
    expect(warnings.map((warning) => warning.slice(0, 42))).toEqual([
      'Flag "a" dropped: rules[0].serve.type is "',
      'Flag "c" dropped: fallthrough.type is "Can',
      'Segment "s" dropped: conditionLogic is "?"',
    ]);
  });

  it("quote no more than a hundred characters of a name", () => {
    const { warnings } = offered(changed("segments[0].conditionLogic", "x".repeat(1_000)));
    expect(warnings[0]).toContain(`conditionLogic is "${"x".repeat(99)}…",`);
  });
});

describe("decodeSnapshot(): what is tolerated (contract §2.1, 3)", () => {
  it("leaves unknown properties aside, wherever they are", () => {
    const expected = offered(FULL).snapshot;
    const strange = JSON.parse(JSON.stringify(FULL), (_, value) => {
      const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
      return isObject ? { zebra: [{}], ...value, constructor: 1, toString: null } : value;
    });
    const { snapshot, warnings } = offered(strange);
    expect(snapshot).toEqual(expected);
    expect(warnings).toEqual([]);
  });

  it("takes an unknown flag type and an unknown condition operator as they are", () => {
    const { snapshot, warnings } = offered(
      changed(`${CONDITION}.operator`, "SoundsLike", changed("flags[1].type", "Duration")),
    );
    expect(snapshot?.flags[1]?.type).toBe("Duration");
    expect(snapshot?.flags[1]?.rules[0]?.conditionGroups?.[0]?.conditions?.[0]?.operator).toBe("SoundsLike");
    expect(warnings).toEqual([]);
  });

  it("takes enum names in any case", () => {
    for (const spell of [(name: string) => name.toLowerCase(), (name: string) => name.toUpperCase()]) {
      const { snapshot, warnings } = offered(wireSnapshot([
        wireFlag("f", {
          rules: [{
            id: "r",
            conditionGroups: [{ operator: spell("Or"), conditions: [] }, { operator: spell("And") }],
            serve: { type: spell("Rollout"), variation: "on" },
          }],
          fallthrough: { type: spell("Fixed"), variation: "on" },
        }),
      ], [wireSegment("s", { conditionLogic: spell("Or") })]));
      expect(warnings).toEqual([]);
      expect(snapshot?.flags[0]?.rules[0]?.serve.type).toBe("Rollout");
      expect(snapshot?.flags[0]?.rules[0]?.conditionGroups?.map(({ operator }) => operator)).toEqual([
        "Or",
        "And",
      ]);
      expect(snapshot?.flags[0]?.fallthrough.type).toBe("Fixed");
      expect(snapshot?.segments[0]?.conditionLogic).toBe("Or");
    }
  });

  it("treats null and missing lists as empty", () => {
    for (const nothing of [null, undefined]) {
      const { snapshot } = offered(wireSnapshot([
        wireFlag("f", {
          rules: nothing,
          prerequisites: nothing,
          fallthrough: { type: "Rollout", variation: "on", variations: nothing },
        }),
      ], [wireSegment("s", { conditions: [{ attribute: "a", operator: "In", values: nothing }] })]));
      expect(snapshot?.flags[0]).toMatchObject({
        rules: [],
        prerequisites: [],
        fallthrough: { variations: [] },
      });
      expect(snapshot?.segments[0]?.conditions?.[0]?.values).toEqual([]);
    }
  });

  it("distinguishes missing groups and conditions from empty ones: they fail closed", () => {
    for (const nothing of [null, undefined]) {
      const groups = [{ operator: "And", conditions: nothing }, { operator: "And", conditions: [] }];
      const { snapshot } = offered(wireSnapshot([
        wireFlag("f", {
          rules: [
            { id: "a", conditionGroups: nothing, serve: fixed("on") },
            { id: "b", conditionGroups: [], serve: fixed("on") },
            { id: "c", conditionGroups: groups, serve: fixed("on") },
          ],
        }),
      ], [wireSegment("s", { conditions: nothing }), wireSegment("t", { conditions: [] })]));
      expect(snapshot?.flags[0]?.rules.map(({ conditionGroups }) => conditionGroups)).toEqual([
        null,
        [],
        [{ operator: "And", conditions: null }, { operator: "And", conditions: [] }],
      ]);
      expect(snapshot?.segments.map(({ conditions }) => conditions)).toEqual([null, []]);
    }
  });

  it("treats numbers and booleans among a condition's values as their strings", () => {
    const values = ["x", 1, 1.5, -0, 1e21, 1e-7, Infinity, true, false];
    const { snapshot } = offered(changed(`${CONDITION}.values`, values));
    expect(snapshot?.flags[1]?.rules[0]?.conditionGroups?.[0]?.conditions?.[0]?.values).toEqual(
      ["x", "1", "1.5", "0", "1e+21", "1e-7", "Infinity", "true", "false"],
    );
  });

  it("puts rules into the order in which they are asked, and keeps the payload's where priorities are equal (contract §3.1)", () => {
    const rule = (id: string, priority?: number) => ({
      id,
      priority,
      conditionGroups: [],
      serve: fixed("on"),
    });
    const rules = [rule("c", 2), rule("a"), rule("d", 2), rule("b", 0), rule("first", -1)];
    const { snapshot } = offered(wireSnapshot([wireFlag("f", { rules })]));
    expect(snapshot?.flags[0]?.rules.map(({ id }) => id)).toEqual(["first", "a", "b", "c", "d"]);
  });

  it("shares equal variations among flags, and no others", () => {
    const on = { key: "on", value: true };
    const off = { key: "off", value: false };
    const lists = [[on, off], [on, off], [on], [on, { ...off, value: 0 }], [on, { ...off, value: -0 }], [
      off,
      on,
    ]];
    const { snapshot } = offered(
      wireSnapshot(lists.map((variations, index) => wireFlag(String(index), { variations }))),
    );
    const decoded = snapshot!.flags.map(({ variations }) => variations);
    expect(decoded).toEqual(lists);
    expect(decoded.map((list) => decoded.indexOf(list))).toEqual([0, 0, 2, 3, 4, 5]);
  });

  it("reads a missing priority or version, and a version that is not a number, as 0", () => {
    for (const version of [MISSING, null, "7", true, [], {}, Infinity]) {
      for (const path of ["version", "flags[1].version", "segments[0].version"]) {
        const { snapshot } = offered(changed(path, version));
        const versions = [snapshot?.version, snapshot?.flags[1]?.version, snapshot?.segments[0]?.version];
        expect(versions.filter((number) => number === 0).length).toBe(1);
      }
    }
    expect(offered(changed(`${RULE}.priority`, MISSING)).snapshot?.flags[1]?.rules[0]?.priority).toBe(0);
    expect(offered(changed("version", -7)).snapshot?.version).toBe(-7);
  });

  it("reads an environment that is not a string as empty", () => {
    for (const environment of [MISSING, null, 7, {}]) {
      expect(offered(changed("environment", environment)).snapshot?.environment).toBe("");
    }
    expect(offered(FULL).snapshot?.environment).toBe("env");
  });

  it("keeps both variations of one key", () => {
    const variations = [{ key: "on", value: 1 }, { key: "on", value: 2 }];
    expect(offered(wireSnapshot([wireFlag("f", { variations })])).snapshot?.flags[0]?.variations).toEqual(
      variations,
    );
  });

  it("keeps the last of two flags or segments with one key, with one warning", () => {
    const flags = [wireFlag("a", { version: 1 }), wireFlag("b"), wireFlag("a", { version: 2 })];
    const segments = [wireSegment("__proto__", { version: 1 }), wireSegment("__proto__", { version: 2 })];
    const { snapshot, warnings } = offered(wireSnapshot(flags, segments));
    expect(snapshot?.flags.map(({ key, version }) => [key, version])).toEqual([["a", 2], ["b", 1]]);
    expect(snapshot?.segments.map(({ key, version }) => [key, version])).toEqual([["__proto__", 2]]);
    expect(warnings).toEqual([
      'Several flags have the key "a": using the last one',
      'Several segments have the key "__proto__": using the last one',
    ]);
  });

  it("does not confuse a flag and a segment of one key", () => {
    expect(offered(wireSnapshot([wireFlag("a")], [wireSegment("a")])).warnings).toEqual([]);
  });

  it("treats a missing value as null", () => {
    const { snapshot } = offered(wireSnapshot([wireFlag("f", { variations: [{ key: "on" }] })]));
    expect(snapshot?.flags[0]?.variations).toEqual([{ key: "on", value: null }]);
  });
});

describe("decodeSnapshot(): values and keys (contract §2.1)", () => {
  it("freezes values, deeply", () => {
    const value = { list: [{ a: 1 }, [2, [3]]], object: { b: { c: null } }, text: "x" };
    const { snapshot } = offered(wireSnapshot([wireFlag("f", { variations: [{ key: "on", value }] })]));
    const decoded = snapshot?.flags[0]?.variations[0]?.value as typeof value;
    expect(decoded).toEqual(value);
    for (
      const part of [
        decoded,
        decoded.list,
        decoded.list[0],
        decoded.list[1],
        decoded.object,
        decoded.object.b,
      ]
    ) {
      expect(Object.isFrozen(part)).toBe(true);
    }
    expect(Object.isFrozen((decoded.list[1] as unknown[])[1])).toBe(true);
  });

  it("keeps __proto__, constructor and toString as ordinary keys", () => {
    const text = '{"__proto__":{"a":1},"constructor":2,"toString":[3]}';
    const payload = wireSnapshot(
      ["__proto__", "constructor", "toString"].map((key) =>
        wireFlag(key, { variations: [{ key, value: JSON.parse(text) }], fallthrough: fixed(key) })
      ),
    );
    const { snapshot, warnings } = offered(payload);
    expect(warnings).toEqual([]);
    expect(keysOf(snapshot)).toEqual(["__proto__", "constructor", "toString"]);
    for (const { variations: [variation] } of snapshot!.flags) {
      expect(JSON.stringify(variation?.value)).toBe(text);
      expect(Object.getPrototypeOf(variation?.value)).toBe(Object.prototype);
      expect(
        Object.isFrozen(Reflect.getOwnPropertyDescriptor(variation!.value as object, "__proto__")?.value),
      ).toBe(true);
    }
    expect(({} as { a?: unknown }).a).toBeUndefined();
  });

  it("keeps any string as a key, lone surrogates and the empty one included", () => {
    const keys = ["", " ", "\ud800", "a/b", "..", "用户", "\u0000"];
    expect(keysOf(offered(wireSnapshot(keys.map((key) => wireFlag(key)))).snapshot)).toEqual(keys);
  });

  it("keeps values as JSON.parse made them", () => {
    const values = JSON.parse('[1e400, -1e400, -0, 1e-400, 9007199254740993, "\\ud800", "", null, false]');
    const variations = values.map((value: unknown, index: number) => ({ key: String(index), value }));
    const payload = {
      environment: "env",
      version: 1,
      flags: [{ ...wireFlag("f"), variations }],
      segments: [],
    };
    const decoded = decodeSnapshot(payload, () => {}).flags[0]?.variations.map(({ value }) => value);
    expect(decoded).toEqual(values);
    expect(Object.is(decoded?.[2], -0)).toBe(true);
  });
});

interface Offered {
  readonly snapshot?: Snapshot;
  readonly error?: PayloadError;
  readonly warnings: readonly string[];
}

/** What comes of a payload, which is the same in the edge build. */
function offered(payload: unknown): Offered {
  const [whole, edge] = [decodeFlag, takeFlag].map((take) => offeredTo(take, payload));
  expect(edge).toEqual(whole);
  return whole!;
}

function offeredTo(take: TakeFlag<PendingFlag>, payload: unknown): Offered {
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  try {
    // Infinity stands for 1e400 here, which JSON.stringify would turn into null.
    const copy = structuredClone(payload);
    return { snapshot: snapshotOf(FlagSet.of(decodeSnapshot(copy, warn, take), warn)), warnings };
  } catch (error) {
    if (!(error instanceof PayloadError)) throw error;
    return { error, warnings };
  }
}

/** A copy of `base` in which the value at `path` is another, or gone. */
function changed(path: string, value: unknown, base: unknown = FULL): unknown {
  const copy = structuredClone(base);
  const steps = path.match(/[^.[\]]+/g)!;
  const last = steps.pop()!;
  const holder = steps.reduce<unknown>((inner, step) => Reflect.get(inner as object, step), copy) as object;
  if (value === MISSING) Reflect.deleteProperty(holder, last);
  else Reflect.set(holder, last, value);
  return copy;
}

function keysOf(snapshot: Snapshot | undefined): readonly string[] {
  return [...snapshot?.flags ?? [], ...snapshot?.segments ?? []].map(({ key }) => key);
}
