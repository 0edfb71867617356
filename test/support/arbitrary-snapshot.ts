import fc from "fast-check";
import type { WireCondition, WireFlag, WireRule, WireSegment, WireServe, WireSnapshot } from "./wire.ts";

const EQUALITY_OPERATORS = ["Equals", "NotEquals", "In", "NotIn"];
const TEXT_OPERATORS = ["Contains", "NotContains", "StartsWith", "EndsWith", "MatchesRegex"];
const NUMBER_OPERATORS = ["GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual"];
const INSTANT_OPERATORS = ["Before", "After"];
const VERSION_OPERATORS = [
  "SemverEquals",
  "SemverGreaterThan",
  "SemverGreaterThanOrEqual",
  "SemverLessThan",
  "SemverLessThanOrEqual",
];

/** The twenty operators of contract §3.3. */
export const OPERATORS: readonly string[] = [
  ...EQUALITY_OPERATORS,
  ...TEXT_OPERATORS,
  ...NUMBER_OPERATORS,
  ...INSTANT_OPERATORS,
  ...VERSION_OPERATORS,
];

/** Attributes that conditions ask for and contexts carry. */
export const ATTRIBUTES: readonly string[] = [
  "plan",
  "age",
  "since",
  "version",
  "userId",
  "user_id",
  "__proto__",
  "constructor",
  "toString",
];

/** As it stands after a way through JSON, which makes 0 of -0. */
const jsonValue: fc.Arbitrary<unknown> = fc.jsonValue({ maxDepth: 2 }).map((value) =>
  JSON.parse(JSON.stringify(value)) as unknown
);

/** What the sources of patterns among the values below stand for; the others can not be compiled. */
export const PATTERNS: ReadonlyMap<string, RegExp> = new Map([
  ["^pro", /^pro/],
  ["(?i)^PRO$", /^PRO$/i],
  ["o$", /o$/],
  ["^\\d+$", /^\d+$/],
  ["[a-c]{2}", /[a-c]{2}/],
  ["\\Av?1\\.", /^v?1\./],
]);

const TEXTS = [
  "",
  "pro",
  "Pro ",
  "PROFESSIONAL",
  "free",
  "İ",
  "i̇",
  "straße",
  "STRASSE",
  "ΟΔΟΣ",
  "οδος",
  "abc",
  "用户-1",
];
const NUMBERS = [
  "0",
  "-0",
  "1",
  "1.0",
  " 1.50\n",
  "+.5",
  "5.",
  "1e3",
  "1E-2",
  "1e400",
  "-1e400",
  "1e21",
  "1abc",
  "5%",
  "1,000",
  "0x10",
  "Infinity",
  "NaN",
  ".",
  "1e",
  "\u00a01",
  "9007199254740993",
];
const INSTANTS = [
  "0",
  "1704067200",
  "-62135596800",
  "-62135596801",
  "253402300799",
  "253402300800",
  "1704067200000",
  "2024-01-01",
  " 2024-01-01T00:00Z ",
  "2024-01-01 00:00:00.0009",
  "2024-01-01T00:00:00.001+00:00",
  "2024-01-01T05:30+05:30",
  "2023-12-31T23:59:59.999Z",
  "2024-01-01T00:00.5",
  "2024-01-01t00:00",
  "2024-02-30",
  "1900-02-29",
  "2000-02-29",
  "0000-12-31T19:00:00-05:00",
  "0001-01-01T00:00:00+00:01",
  "9999-12-31T23:59:59.9999",
  "2024-01-01T24:00",
  "2024-01-01T00:00+24:00",
  "2024-01-01\u00a000:00",
];
const VERSIONS = [
  "1",
  "1.0.0",
  "v1.0.0",
  "V01.0",
  "vv1",
  "1.0.0+build",
  "1.0.0-alpha",
  "1.0.0-alpha.1",
  "1.0.0-alpha.beta",
  "1.0.0-Alpha",
  "1.0.0-2",
  "1.0.0-010",
  "1.0.0-99999999999999999999",
  "99999999999999999999.1",
  "1.0.0-",
  "1.0.0-a..b",
  "1..0",
  "1.x",
  "1.2.3.4",
  "1.2.3-é",
];
const STRANGERS = ["", "_", "SoundsLike", "constructor", "__proto__", "Equals ", "NotMatchesRegex"];
const SOURCES = [...PATTERNS.keys(), "(", "a{2,1}", "(?>a)"];

/** All strings above: few enough to try each against each. */
export const SAMPLES: readonly string[] = [...TEXTS, ...NUMBERS, ...INSTANTS, ...VERSIONS];

const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...SAMPLES),
  fc.string({ unit: fc.constantFrom(..."abc019.-+:TZv \t"), maxLength: 6 }),
  fc.string({ unit: "binary", maxLength: 4 }),
);

/** What an attribute of this name mostly holds, so that conditions on it are met often enough to mean something. */
export function arbitraryText(attribute: string): fc.Arbitrary<string> {
  return fc.oneof({ arbitrary: fc.constantFrom(...familyOf(attribute).texts), weight: 4 }, {
    arbitrary: anyText,
    weight: 1,
  });
}

interface Family {
  readonly texts: readonly string[];
  readonly operators: readonly string[];
}

function familyOf(attribute: string): Family {
  switch (attribute) {
    case "age":
      return { texts: NUMBERS, operators: [...EQUALITY_OPERATORS, ...NUMBER_OPERATORS] };
    case "since":
      return { texts: INSTANTS, operators: INSTANT_OPERATORS };
    case "version":
      return { texts: VERSIONS, operators: VERSION_OPERATORS };
    default:
      return { texts: TEXTS, operators: [...EQUALITY_OPERATORS, ...TEXT_OPERATORS] };
  }
}

function conditionValue(attribute: string): fc.Arbitrary<string | number | boolean> {
  return fc.oneof(
    { arbitrary: arbitraryText(attribute), weight: 8 },
    { arbitrary: fc.constantFrom(0, -0, 1, 1.5, 1e21, -7, 5e-324), weight: 1 },
    { arbitrary: fc.boolean(), weight: 1 },
  );
}

/** A name in one of the spellings that §3.3 folds into one. */
function spelled(name: string): fc.Arbitrary<string> {
  const odd = fc.array(fc.constantFrom("upper", "lower", "underscore"), {
    minLength: name.length,
    maxLength: name.length,
  }).map((styles) =>
    [...name].map((letter, index) => {
      if (styles[index] === "upper") return letter.toUpperCase();
      return styles[index] === "lower" ? letter.toLowerCase() : `_${letter}`;
    }).join("")
  );
  return fc.oneof({ arbitrary: fc.constant(name), weight: 3 }, { arbitrary: odd, weight: 1 });
}

function inAnyCase(name: string): fc.Arbitrary<string> {
  return fc.constantFrom(name, name, name, name.toLowerCase(), name.toUpperCase());
}

const missing = fc.constant(undefined);

/** Lists that may be missing or `null` on the wire. */
function maybeList<T>(item: fc.Arbitrary<T>, maxLength: number): fc.Arbitrary<T[] | null | undefined> {
  return fc.oneof(
    { arbitrary: fc.array(item, { maxLength }), weight: 10 },
    { arbitrary: fc.constant(null), weight: 1 },
    { arbitrary: missing, weight: 1 },
  );
}

/** A condition. */
export const arbitraryCondition: fc.Arbitrary<WireCondition> = fc.constantFrom(...ATTRIBUTES).chain((
  attribute,
) =>
  fc.oneof(
    { arbitrary: fc.constantFrom(...familyOf(attribute).operators), weight: 12 },
    { arbitrary: fc.constantFrom(...OPERATORS), weight: 4 },
    { arbitrary: fc.constantFrom(...STRANGERS), weight: 1 },
  ).chain((operator) =>
    fc.record({
      attribute: fc.constant(attribute),
      operator: spelled(operator),
      values: operator === "MatchesRegex"
        ? fc.array(fc.constantFrom(...SOURCES), { maxLength: 3 })
        : maybeList(conditionValue(attribute), 4),
      negate: fc.option(fc.boolean(), { nil: undefined }),
    })
  )
);

const FLAG_KEYS = ["a", "b", "c", "d", "__proto__", "constructor"];
const SEGMENT_KEYS = ["s", "t", "__proto__", "toString"];
const VARIATION_KEYS = ["on", "off", "x", "__proto__"];

const variationKey = fc.constantFrom(...VARIATION_KEYS, "on", "off", "x", "ghost", "");
const maybeKey = fc.oneof({ arbitrary: variationKey, weight: 8 }, {
  arbitrary: fc.constantFrom(null, undefined),
  weight: 1,
});

const arbitraryServe: fc.Arbitrary<WireServe> = fc.oneof(
  fc.record({ type: inAnyCase("Fixed"), variation: maybeKey }),
  fc.record({
    type: inAnyCase("Rollout"),
    variation: maybeKey,
    bucketBy: fc.constantFrom(undefined, null, "", "userId", "user_id", ...ATTRIBUTES),
    salt: fc.oneof(
      fc.constantFrom(undefined, null, "", "flag-abc"),
      fc.string({ unit: "binary", maxLength: 8 }),
    ),
    variations: maybeList(
      fc.record({
        key: variationKey,
        weight: fc.oneof(
          fc.integer({ min: 0, max: 60 }),
          fc.constantFrom(undefined, 0, -10, 0.1, 33.3, 1e308, 5e-324, 100, -1e308),
        ),
      }),
      4,
    ),
  }),
);

const arbitraryRule: fc.Arbitrary<WireRule> = fc.record({
  id: fc.constantFrom("r1", "r2", "r3", ""),
  priority: fc.constantFrom(undefined, -1, 0, 0, 1, 1.5, 1e308, -1e308),
  segmentKey: fc.oneof(
    { arbitrary: fc.constantFrom(undefined, null, ""), weight: 3 },
    { arbitrary: fc.constantFrom(...SEGMENT_KEYS, "ghost"), weight: 1 },
  ),
  conditionGroups: maybeList(
    fc.record({
      operator: fc.oneof(inAnyCase("And"), inAnyCase("Or")),
      conditions: maybeList(arbitraryCondition, 3),
    }),
    2,
  ),
  serve: arbitraryServe,
});

const arbitraryFlag: fc.Arbitrary<WireFlag> = fc.record({
  key: fc.constantFrom(...FLAG_KEYS),
  version: fc.option(fc.nat(), { nil: undefined }),
  type: fc.constantFrom("Boolean", "String", "Number", "Json", "Duration"),
  enabled: fc.oneof({ arbitrary: fc.constant(true), weight: 6 }, {
    arbitrary: fc.constant(false),
    weight: 1,
  }),
  variations: fc.array(
    fc.record({
      key: fc.constantFrom(...VARIATION_KEYS, ""),
      value: fc.oneof(jsonValue, missing),
    }),
    { maxLength: 5 },
  ),
  rules: maybeList(arbitraryRule, 3),
  fallthrough: arbitraryServe,
  offVariation: maybeKey,
  prerequisites: maybeList(
    fc.record({
      prerequisiteFlagKey: fc.constantFrom(...FLAG_KEYS, "ghost"),
      expectedVariationKey: variationKey,
    }),
    2,
  ),
});

const arbitrarySegment: fc.Arbitrary<WireSegment> = fc.record({
  key: fc.constantFrom(...SEGMENT_KEYS),
  version: fc.option(fc.nat(), { nil: undefined }),
  conditionLogic: fc.oneof(inAnyCase("And"), inAnyCase("Or")),
  conditions: maybeList(arbitraryCondition, 3),
});

/** A snapshot that decodes without loss, in all the spellings that the wire allows. */
export const arbitrarySnapshot: fc.Arbitrary<WireSnapshot> = fc.record({
  environment: fc.string({ maxLength: 3 }),
  version: fc.nat(),
  flags: fc.array(arbitraryFlag, { minLength: 1, maxLength: 6 }),
  segments: fc.array(arbitrarySegment, { maxLength: 3 }),
});

/** Flags `0`, `1`, `2`, … that need each other, in chains, circles and diamonds, mostly met. */
export const arbitraryPrerequisiteGraph: fc.Arbitrary<WireSnapshot> = fc.integer({ min: 1, max: 18 }).chain((
  size,
) => fc.tuple(...Array.from({ length: size }, (_, index) => arbitraryNode(index, size)))).map((flags) => ({
  environment: "env",
  version: 1,
  flags,
  segments: [],
}));

function arbitraryNode(index: number, size: number): fc.Arbitrary<WireFlag> {
  const next = fc.oneof(
    { arbitrary: fc.constant(index + 1), weight: 6 },
    { arbitrary: fc.integer({ min: index, max: size }), weight: 4 },
    { arbitrary: fc.integer({ min: 0, max: size }), weight: 1 },
  );
  const edge = fc.record({
    prerequisiteFlagKey: next.map(String),
    expectedVariationKey: fc.oneof({ arbitrary: fc.constant("on"), weight: 9 }, {
      arbitrary: fc.constantFrom("off", ""),
      weight: 1,
    }),
  });
  const isLeaf = index >= size - 1;
  return fc.record({
    key: fc.constant(String(index)),
    type: fc.constant("Boolean"),
    enabled: fc.oneof({ arbitrary: fc.constant(true), weight: 15 }, {
      arbitrary: fc.constant(false),
      weight: 1,
    }),
    variations: fc.constant([{ key: "on", value: true }, { key: "off", value: false }]),
    rules: fc.constant([]),
    fallthrough: fc.constant({ type: "Fixed", variation: "on" }),
    offVariation: fc.constantFrom("off", "off", "off", "on", "ghost", null),
    prerequisites: fc.array(edge, { minLength: isLeaf ? 0 : 1, maxLength: isLeaf ? 1 : 3 }),
  });
}
