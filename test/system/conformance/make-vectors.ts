import { OPERATORS, PATTERNS } from "../../support/arbitrary-snapshot.ts";
import { referenceBucket, referenceMatch, referenceServe } from "../../support/reference-evaluator.ts";
import { fixed, wireFlag, wireSegment, wireSnapshot } from "../../support/wire.ts";
import type { WireFlag, WireRule, WireSegment, WireServe, WireSnapshot } from "../../support/wire.ts";

/** A file of vectors: its lists of vectors by class, beside what stands around them. */
export interface VectorsFile {
  readonly schemaVersion: 1;
  readonly bucketVectors: readonly object[];
  readonly conditionVectors: readonly object[];
  readonly dateVectors: readonly object[];
  readonly unknownOperatorVectors: readonly object[];
  readonly flagVectors: readonly object[];
  readonly contractVectors: readonly object[];
  readonly malformedVectors: { readonly seed: WireSnapshot; readonly vectors: readonly object[] };
  readonly eventVectors: readonly object[];
}

/**
 * Makes the project's own conformance vectors, the same each time. Where the contract says what comes out, it is written
 * here by hand; everywhere else the reference evaluator says it, never the code under test.
 */
export function makeVectors(): VectorsFile {
  return {
    schemaVersion: 1,
    bucketVectors: numbered("own-bucket", [...BUCKETS_OF_THE_CONTRACT, ...buckets()]),
    conditionVectors: numbered("own-condition", [...CONDITIONS_OF_THE_CONTRACT.map(stated), ...conditions()]),
    dateVectors: numbered("own-date", dates()),
    unknownOperatorVectors: numbered("own-unknown", unknownOperators()),
    flagVectors: numbered("own-flag", flags()),
    contractVectors: numbered("own-contract", reads()),
    malformedVectors: { seed: SEED, vectors: numbered("own-malformed", malformed()) },
    eventVectors: numbered("own-event", EVENTS),
  };
}

function numbered<T extends object>(prefix: string, vectors: readonly T[]): readonly T[] {
  return vectors.map((vector, index) => ({ id: `${prefix}-${index + 1}`, ...vector }));
}

// Buckets

const BUCKETS_OF_THE_CONTRACT = [
  { description: "contract §3.6", salt: "flag-abc", value: "user-42", expectedBucket: 46 },
  { description: "contract §3.6, no salt", salt: "", value: "user-42", expectedBucket: 75 },
  { description: "contract §3.6, no value", salt: "flag-abc", value: "", expectedBucket: 21 },
  { description: "contract §3.6, not ASCII", salt: "flag-abc", value: "用户-1", expectedBucket: 99 },
];

function buckets(): readonly object[] {
  const salts = ["", ":", "pricing", "ä", "a salt of a length that no one expects, though nobody forbids it"];
  // With the colon, 55, 56, 63, 64, 119 and 120 bytes: where a block of MD5 ends, or has no room for the length.
  const lengths = [54, 55, 62, 63, 118, 119];
  const values = [
    "u",
    "a:b",
    "é",
    "👩‍🚀",
    "\ud800",
    "user\u0000",
    ...lengths.map((length) => "x".repeat(length)),
  ];
  return salts.flatMap((salt) =>
    values.map((value) => ({ salt, value, expectedBucket: referenceBucket(salt, value) }))
  );
}

// Conditions

type Scalar = string | number | boolean | null;
type Statement = readonly [
  value: Scalar | undefined,
  operator: string,
  values: readonly string[],
  isMatch: boolean,
];

const CONDITIONS_OF_THE_CONTRACT: readonly Statement[] = [
  ["PRO", "Equals", ["pro"], true],
  [undefined, "Equals", ["pro"], false],
  [null, "NotEquals", ["pro"], false],
  [1, "Equals", ["1.0"], true],
  [1, "NotIn", ["abc", "1.0"], false],
  [1000, "In", ["1,000"], false],
  [16, "In", ["0x10"], false],
  [5, "Equals", ["5%"], false],
  [true, "Equals", ["1"], false],
  ["1", "Equals", ["1.0"], false],
  [".5", "LessThan", ["1.50"], true],
  ["-1", "LessThan", ["1e3"], true],
  ["1abc", "GreaterThan", ["0"], false],
  ["", "LessThan", ["1"], false],
  ["Infinity", "GreaterThan", ["1"], false],
  ["1e400", "GreaterThan", ["1"], true],
  ["1e400", "GreaterThanOrEqual", ["1e400"], true],
  ["1e400", "LessThanOrEqual", ["2e400"], true],
  ["1e400", "LessThan", ["2e400"], false],
  [true, "GreaterThan", ["0"], false],
  ["ABC", "MatchesRegex", ["b"], false],
  ["ABC", "MatchesRegex", ["(?i)b"], true],
  ["abc", "MatchesRegex", ["(", "b"], true],
  ["abc", "MatchesRegex", ["(?>b)"], false],
  ["v1.2.3+build", "SemverEquals", ["1.2.3"], true],
  ["1.0.0-alpha.1", "SemverGreaterThan", ["1.0.0-alpha"], true],
  ["1.0.0-alpha.beta", "SemverGreaterThan", ["1.0.0-alpha.1"], true],
  ["1.0.0-beta.11", "SemverGreaterThan", ["1.0.0-beta.2"], true],
  ["1.0.0", "SemverGreaterThan", ["1.0.0-rc.1"], true],
  ["1.0.0-rc.1.1", "semver_greater_than", ["v1-rc.1"], true],
  ["1.0.0-", "SemverLessThan", ["2"], false],
  ["99999999999999999999", "SemverGreaterThan", ["99999999999999999998"], true],
];

function stated([value, operator, values, expectedMatch]: Statement): object {
  return { attribute: attribute(value), operator, values, negate: false, expectedMatch };
}

function attribute(value: Scalar | undefined): object {
  if (value === undefined) return { type: "missing" };
  if (value === null) return { type: "null", value };
  return { type: typeof value === "boolean" ? "bool" : typeof value, value };
}

const TEXTS = ["", "pro", "PRO", "Professional", "İstanbul", "ΟΔΟΣ", "straße", "a,b"];
const NUMBERS = ["0", "-0", "1", "1.0", " 1.5\n", "+.5", "5.", "1e3", "-1e400", "1e", "1_000", "\u00a01"];
const VERSIONS = [
  "1",
  "1.0.0-1",
  "1.0.0-a",
  "1.0.0-A.b",
  "v1.0.1",
  "1.0.0+x",
  "1..0",
  "1.0.0-01",
  "1.10",
  "1.2.3-é",
];

function conditions(): readonly object[] {
  return OPERATORS.filter((operator) => operator !== "Before" && operator !== "After").flatMap((operator) => {
    const values = valuesFor(operator);
    const attributes = [...values, 0, 1, 1.5, -3, 1e21, true, null, undefined];
    return everyNth(attributes, values, 13).map(([value, other], index) => {
      const negate = index % 4 === 3;
      const condition = {
        attribute: "attr",
        operator: spelled(operator, index),
        values: [other, "zzz"],
        negate,
      };
      const expectedMatch = referenceMatch(condition, { attr: value }, PATTERNS);
      return {
        attribute: attribute(value),
        operator: condition.operator,
        values: [other, "zzz"],
        negate,
        expectedMatch,
      };
    });
  });
}

function valuesFor(operator: string): readonly string[] {
  if (operator === "MatchesRegex") return [...PATTERNS.keys()];
  if (operator.startsWith("Semver")) return VERSIONS;
  return /Than/.test(operator) ? NUMBERS : [...TEXTS, "1.0", "1e0"];
}

function spelled(operator: string, index: number): string {
  const snake = operator.replaceAll(/(?<=.)[A-Z]/g, "_$&");
  return [
    operator,
    operator,
    operator.toUpperCase(),
    snake.toLowerCase(),
    `_${operator.toLowerCase()}`,
  ][index % 5]!;
}

/** Of all pairs every `step`th: enough, and every item in several of them. */
function everyNth<A, B>(as: readonly A[], bs: readonly B[], step: number): readonly (readonly [A, B])[] {
  return as.flatMap((a) => bs.map((b) => [a, b] as const)).filter((_, index) => index % step === 0);
}

const INSTANTS = [
  "2024-01-31",
  "2024-01-31T00:00Z",
  "2024-01-31 00:00:00.0009",
  "2024-01-31T00:00.5",
  "2024-01-30T19:00-0500",
  "2024-01-31T00:00t",
  "2024-01-31t00:00",
  "2024-02-30",
  "1900-02-29",
  "2000-02-29",
  "2024-01-31T24:00",
  "2024-01-31T23:59:60Z",
  "2024-01-31T00:00+23:59",
  "2024-01-31T00:00+24:00",
  "2024-01-31\u00a000:00",
  "\ufeff2024-01-31",
  " \t2024-01-31\n",
  "0000-12-31T19:00:00-05:00",
  "0001-01-01T00:00+00:01",
  "9999-12-31T23:59:59.9999Z",
  "9999-12-31T23:59:59-00:01",
  "-62135596800",
  "-62135596801",
  "253402300799",
  "253402300800",
  "1706659200",
  "+1706659201",
  "1706659200000",
  "1706659200.5",
  "yesterday",
];

function dates(): readonly object[] {
  return everyNth([...INSTANTS, 1706659200, 1706659200.5, 1706659200000, true], INSTANTS, 11).map(
    ([value, other], index) => {
      const operator = index % 2 === 0 ? "Before" : "After";
      const negate = index % 5 === 4;
      const expectedMatch = referenceMatch({ attribute: "attr", operator, values: [other], negate }, {
        attr: value,
      });
      return { attribute: attribute(value), operator, values: [other], negate, expectedMatch };
    },
  );
}

function unknownOperators(): readonly object[] {
  const operators = [
    "",
    "_",
    "SoundsLike",
    "Equals ",
    "Not-Equals",
    "Semver",
    "__proto__",
    "constructor",
    "İn",
    "==",
  ];
  return operators.flatMap((operator) =>
    [false, true].flatMap((negate) =>
      ["a", undefined].map((value) => ({
        attribute: attribute(value),
        operator,
        values: ["a"],
        negate,
        expectedMatch: false,
      }))
    )
  );
}

// Flags

const KINDS: Readonly<Record<string, string>> = {
  FLAG_DISABLED: "FlagDisabled",
  RULE_MATCH: "RuleMatch",
  FALLTHROUGH: "Fallthrough",
  PREREQUISITE_FAILED: "PrerequisiteFailed",
  ERROR: "Error",
};

interface Context {
  readonly userId?: string | number | null;
  readonly attributes: Readonly<Record<string, unknown>>;
}

function flagVector(description: string, snapshot: WireSnapshot, context: Context = nobody): object {
  const [flag] = snapshot.flags;
  const { key, variations } = flag!;
  const { userId, attributes } = context;
  const flat = Object.fromEntries([
    ...(userId === undefined || userId === null ? [] : [["userId", userId] as const]),
    ...Object.entries(attributes),
  ]);
  const { variation, reason, ruleId, prerequisiteKey } = referenceServe(snapshot, key, flat, PATTERNS);
  const served = variation === "" ? undefined : variations.find((candidate) => candidate.key === variation);
  return {
    description,
    flagKey: key,
    flags: snapshot.flags,
    segments: snapshot.segments,
    context,
    expected: {
      variation,
      value: served?.value ?? null,
      reason: { kind: KINDS[reason], ruleId, prerequisiteKey },
    },
  };
}

const nobody: Context = { attributes: {} };
const pro: Context = { userId: "user-42", attributes: { plan: "PRO", age: 42, country: "us" } };
const isPro = { attribute: "plan", operator: "Equals", values: ["pro"], negate: false };
const isOld = { attribute: "age", operator: "GreaterThan", values: ["40"], negate: false };
const isFrench = { attribute: "country", operator: "In", values: ["fr"], negate: false };

function flags(): readonly object[] {
  return [
    flagVector("disabled", wireSnapshot([wireFlag("f", { enabled: false, rules: [rule("r", "on")] })])),
    flagVector("fallthrough", wireSnapshot([wireFlag("f")])),
    flagVector("an undefined variation", wireSnapshot([wireFlag("f", { fallthrough: fixed("ghost") })])),
    flagVector("no variation named", wireSnapshot([wireFlag("f", { fallthrough: fixed("") })])),
    flagVector("no variation at all", wireSnapshot([wireFlag("f", { fallthrough: { type: "Fixed" } })])),
    flagVector(
      "a value of null",
      wireSnapshot([wireFlag("f", { variations: [{ key: "on", value: null }] })]),
    ),
    ...[0, "", false, [], { a: [1, null] }, 1e21].map((value) =>
      flagVector(
        "any JSON value",
        wireSnapshot([wireFlag("f", { type: "Json", variations: [{ key: "on", value }] })]),
      )
    ),
    flagVector(
      "two variations with one key",
      wireSnapshot([wireFlag("f", { variations: [{ key: "on", value: 1 }, { key: "on", value: 2 }] })]),
    ),
    ...["__proto__", "constructor", "toString"].flatMap((key) => [
      flagVector(
        "an ordinary name",
        wireSnapshot([
          wireFlag(key, { variations: [{ key, value: key }], fallthrough: fixed(key) }),
        ]),
      ),
      flagVector("a variation that is not there", wireSnapshot([wireFlag("f", { fallthrough: fixed(key) })])),
      flagVector(
        "an attribute of that name",
        wireSnapshot([wireFlag("f", {
          rules: [rule("r", "off", { conditions: [{ attribute: key, operator: "Equals", values: ["x"] }] })],
        })]),
        { attributes: Object.fromEntries([[key, "x"]]) },
      ),
      flagVector(
        "no attribute of that name",
        wireSnapshot([wireFlag("f", {
          rules: [
            rule("r", "off", { conditions: [{ attribute: key, operator: "NotEquals", values: ["x"] }] }),
          ],
        })]),
      ),
    ]),
    ...rules(),
    ...segments(),
    ...prerequisites(),
    ...rollouts(),
  ];
}

interface RuleRest {
  readonly priority?: number;
  readonly operator?: string;
  readonly conditions?: WireSegment["conditions"];
  readonly segmentKey?: string | null;
}

function rule(id: string, variation: string, rest: RuleRest = {}): WireRule {
  const { priority = 0, operator = "And", conditions = [], segmentKey } = rest;
  return {
    id,
    priority,
    conditionGroups: [{ operator, conditions }],
    serve: fixed(variation),
    ...(segmentKey === undefined ? {} : { segmentKey }),
  };
}

function rules(): readonly object[] {
  const order = [
    rule("late", "off", { priority: 3 }),
    rule("first", "on", { priority: -1 }),
    rule("mid", "off"),
  ];
  const unknown = { attribute: "plan", operator: "SoundsLike", values: ["pro"], negate: true };
  const combined = ["And", "Or", "and", "OR"].flatMap((operator) =>
    [[], [isPro], [isPro, isOld], [isPro, isFrench], [isFrench], [unknown], [unknown, isPro]].flatMap((
      conditions,
    ) =>
      [pro, nobody].map((context) =>
        flagVector(
          `${conditions.length} conditions under ${operator}`,
          wireSnapshot([wireFlag("f", { rules: [rule("r", "off", { operator, conditions })] })]),
          context,
        )
      )
    )
  );
  const groups = [{ operator: "And", conditions: [isPro] }, {
    operator: "Or",
    conditions: [isFrench, isOld],
  }];
  return [
    flagVector("ascending priority", wireSnapshot([wireFlag("f", { rules: order })])),
    flagVector(
      "equal priorities keep their order",
      wireSnapshot([wireFlag("f", { rules: [rule("b", "off"), rule("a", "on"), rule("c", "off")] })]),
    ),
    flagVector("no rules", wireSnapshot([wireFlag("f", { rules: null })])),
    ...[[], groups, [...groups, { operator: "And", conditions: [isFrench] }]].map((conditionGroups) =>
      flagVector(
        `${conditionGroups.length} groups`,
        wireSnapshot([wireFlag("f", { rules: [{ ...rule("r", "off"), conditionGroups }] })]),
        pro,
      )
    ),
    ...combined,
    ...["user_id", "userId"].flatMap((attributeName) =>
      [
        { userId: "u", attributes: {} },
        { attributes: { user_id: "u" } },
        { userId: "x", attributes: { user_id: "u" } },
        { userId: "", attributes: { user_id: "u" } },
        { attributes: { userId: null, user_id: "u" } },
        nobody,
      ].map((context) =>
        flagVector(
          "two spellings of the user id",
          wireSnapshot([wireFlag("f", {
            rules: [
              rule("r", "off", {
                conditions: [{ attribute: attributeName, operator: "Equals", values: ["u"] }],
              }),
            ],
          })]),
          context,
        )
      )
    ),
  ];
}

function segments(): readonly object[] {
  const everybody = wireSegment("everybody", { conditions: [] });
  const both = wireSegment("both", { conditions: [isPro, isFrench] });
  const either = wireSegment("either", { conditionLogic: "Or", conditions: [isPro, isFrench] });
  const known = [everybody, both, either];
  return ["everybody", "both", "either", "ghost", "constructor", "", null].flatMap((segmentKey) =>
    [pro, nobody].map((context) =>
      flagVector(
        `segment ${JSON.stringify(segmentKey)}, whatever the groups say`,
        wireSnapshot(
          [wireFlag("f", { rules: [rule("r", "off", { segmentKey, conditions: [isFrench] })] })],
          known,
        ),
        context,
      )
    )
  );
}

function needing(key: string, ...needed: readonly (readonly [string, string])[]): WireFlag {
  const prerequisites = needed.map(([prerequisiteFlagKey, expectedVariationKey]) => ({
    prerequisiteFlagKey,
    expectedVariationKey,
  }));
  return wireFlag(key, { prerequisites });
}

function prerequisites(): readonly object[] {
  const off = (key: string): WireFlag => wireFlag(key, { fallthrough: fixed("off") });
  const chain = (length: number): WireFlag[] =>
    Array.from({ length: length + 1 }, (_, index) => {
      return index === length ? wireFlag(`c${index}`) : needing(`c${index}`, [`c${index + 1}`, "on"]);
    });
  const withEnd = (length: number, end: WireFlag[]): WireFlag[] => [...chain(length).slice(0, -1), ...end];
  const first = (flag: WireFlag): WireFlag => ({ ...flag, key: "c0" });
  return [
    ...[1, 9, 10, 11, 12].flatMap((length) => [
      flagVector(`a chain of ${length}`, wireSnapshot(chain(length))),
      flagVector(`a chain of ${length} that ends off`, wireSnapshot(withEnd(length, [off(`c${length}`)]))),
      flagVector(`a chain of ${length} that ends nowhere`, wireSnapshot(withEnd(length, []))),
      flagVector(
        `a chain of ${length} that ends disabled`,
        wireSnapshot(withEnd(length, [{ ...needing(`c${length}`, ["c0", "on"]), enabled: false }])),
      ),
    ]),
    flagVector("itself", wireSnapshot([needing("f", ["f", "on"])])),
    flagVector("itself, off", wireSnapshot([needing("f", ["f", "off"])])),
    flagVector("a circle of two", wireSnapshot([needing("f", ["g", "on"]), needing("g", ["f", "on"])])),
    flagVector(
      "a circle below",
      wireSnapshot([needing("f", ["g", "off"]), needing("g", ["h", "on"]), needing("h", ["g", "on"])]),
    ),
    flagVector(
      "a circle that an unmet prerequisite cuts",
      wireSnapshot([needing("f", ["g", "off"]), needing("g", ["h", "on"], ["f", "on"]), off("h")]),
    ),
    flagVector(
      "the first that is not met",
      wireSnapshot([needing("f", ["a", "on"], ["b", "on"], ["c", "on"]), wireFlag("a"), off("b")]),
    ),
    flagVector(
      "a diamond",
      wireSnapshot([
        needing("f", ["a", "on"], ["b", "on"]),
        needing("a", ["c", "on"]),
        needing("b", ["c", "on"]),
        wireFlag("c"),
      ]),
    ),
    flagVector(
      "a known result shortens a chain",
      wireSnapshot([first(needing("c0", ["c6", "on"], ["c1", "on"])), ...chain(11).slice(1)]),
    ),
    flagVector(
      "in the other order it is too deep",
      wireSnapshot([first(needing("c0", ["c1", "on"], ["c6", "on"])), ...chain(11).slice(1)]),
    ),
    flagVector(
      "an undefined variation that is expected",
      wireSnapshot([needing("f", ["a", "ghost"]), wireFlag("a", { fallthrough: fixed("ghost") })]),
    ),
    flagVector(
      "no variation, as expected",
      wireSnapshot([needing("f", ["a", ""]), wireFlag("a", { fallthrough: fixed("") })]),
    ),
    flagVector(
      "a rule of the prerequisite",
      wireSnapshot([
        needing("f", ["a", "on"]),
        wireFlag("a", { rules: [rule("r", "on", { conditions: [isPro] })], fallthrough: fixed("off") }),
      ]),
      pro,
    ),
  ];
}

function rollouts(): readonly object[] {
  const variations = ["a", "b", "c"].map((key) => ({ key, value: key }));
  const vector = (description: string, serve: Partial<WireServe>, context: Context = pro): object =>
    flagVector(
      description,
      wireSnapshot([
        wireFlag("f", {
          type: "String",
          variations,
          fallthrough: { type: "Rollout", salt: "flag-abc", ...serve },
        }),
      ]),
      context,
    );
  const weighted = (...weights: readonly number[]): Partial<WireServe> => ({
    variations: weights.map((weight, index) => ({ key: "abc"[index]!, weight })),
  });
  return [
    ...[[46, 54], [47, 53], [46.5, 53.5], [0, 100], [10, 20], [20, 20, 20], [15.3, 30.7, 54], [-50, 97], [
      0,
      0,
    ]].map(
      (weights) => vector(`bucket 46 among ${weights.join(", ")}`, weighted(...weights)),
    ),
    ...[undefined, null, ""].map((salt) => vector("bucket 75: no salt", { ...weighted(74, 1, 25), salt })),
    ...[undefined, null, "", "userId", "user_id"].flatMap((bucketBy) => [
      vector("by the user id", { ...weighted(46, 1, 53), bucketBy }),
      vector("nobody: the control", { ...weighted(0, 50, 50), bucketBy }, nobody),
      vector("an empty user id: the control", { ...weighted(0, 50, 50), bucketBy }, {
        userId: "",
        attributes: {},
      }),
      vector("the other spelling", { ...weighted(46, 1, 53), bucketBy }, {
        attributes: { user_id: "user-42" },
      }),
      vector("both spellings", { ...weighted(46, 1, 53), bucketBy }, {
        userId: "user-42",
        attributes: { user_id: "x" },
      }),
    ]),
    vector("another attribute, absent: bucket 21", { ...weighted(21, 1, 78), bucketBy: "company" }),
    ...[7, 1.5, true, "MiXeD", "用户-1"].map((company) =>
      vector("another attribute", { ...weighted(33, 33, 34), bucketBy: "company" }, {
        attributes: { company },
      })
    ),
    vector("no weighted variations", { variations: [], variation: "b" }),
    vector("neither weights nor variation", { variations: null }),
    vector("a type in another case", { ...weighted(46, 54), type: "ROLLOUT" }),
    vector("a weight that is missing is 0", {
      variations: [{ key: "a" }, { key: "b", weight: 47 }, { key: "c" }],
    }),
  ];
}

// Reads

type ReadAs = "bool" | "string" | "number" | "json";
type Answer = readonly [kind: string, value: unknown, reason: string];

const DEFAULTS: Readonly<Record<ReadAs, unknown>> = {
  bool: true,
  string: "x",
  number: -1,
  json: { default: true },
};

function reads(): readonly object[] {
  const serving = (value: unknown): WireFlag =>
    wireFlag("f", { type: "Json", variations: [{ key: "on", value }] });
  const values: readonly (readonly [type: ReadAs, value: unknown])[] = [
    ["bool", false],
    ["string", ""],
    ["number", 0],
    ["json", { a: [1] }],
    ["json", []],
  ];
  return [
    ...values.flatMap(([type, value]) =>
      readAsAll(JSON.stringify(value), [serving(value)], (as) => {
        const isOfType = as === type || as === "json";
        return isOfType ? ["match", value, "Fallthrough"] : ["typeMismatch", DEFAULTS[as], "Error"];
      })
    ),
    ...readAsAll("null", [serving(null)], (as) => {
      return ["nullValue", DEFAULTS[as], as === "json" ? "Fallthrough" : "Error"];
    }),
    ...readAsAll("no flag", [], (as) => ["notFound", DEFAULTS[as], "FlagNotFound"]),
    ...readAsAll("an undefined variation", [wireFlag("f", { fallthrough: fixed("ghost") })], (as) => {
      return ["malformed", DEFAULTS[as], "Error"];
    }),
    ...readAsAll("no variation named", [wireFlag("f", { enabled: false, offVariation: "" })], (as) => {
      return ["noVariation", DEFAULTS[as], "FlagDisabled"];
    }),
  ];
}

function readAsAll(
  description: string,
  wireFlags: readonly WireFlag[],
  answer: (as: ReadAs) => Answer,
): readonly object[] {
  return (["bool", "string", "number", "json"] as const).map((as) => {
    const [kind, value, reason] = answer(as);
    return {
      description: `${description}, read as ${as}`,
      kind,
      flags: wireFlags,
      flagKey: "f",
      context: nobody,
      read: { as, default: DEFAULTS[as] },
      expect: { value, reason },
    };
  });
}

// Payloads

const SEED: WireSnapshot = wireSnapshot([wireFlag("seed")], [wireSegment("seed-segment")]);

function malformed(): readonly object[] {
  const base = wireSnapshot([
    wireFlag("kept"),
    wireFlag("odd", { rules: [rule("r", "on", { conditions: [isPro] })] }),
  ], [
    wireSegment("kept-segment"),
    wireSegment("odd-segment"),
  ]);
  const [kept, odd] = base.flags as [WireFlag, WireFlag];
  const [keptSegment, oddSegment] = base.segments as [WireSegment, WireSegment];
  const withFlag = (rest: object): object => ({ ...base, flags: [kept, { ...odd, ...rest }] });
  const withRule = (rest: object): object => withFlag({ rules: [{ ...rule("r", "on"), ...rest }] });
  const withCondition = (rest: object): object =>
    withRule({ conditionGroups: [{ operator: "And", conditions: [{ ...isPro, ...rest }] }] });
  const withSegment = (rest: object): object => ({
    ...base,
    segments: [keptSegment, { ...oddSegment, ...rest }],
  });
  const without = (entity: object, name: string): object =>
    Object.fromEntries(Object.entries(entity).filter(([key]) => key !== name));

  const rejected: readonly (readonly [string, unknown])[] = [
    ["null", null],
    ["a list", []],
    ["text", "snapshot"],
    ["no flags", without(base, "flags")],
    ["no segments", without(base, "segments")],
    ["flags is an object", { ...base, flags: {} }],
    ["a flag is null", { ...base, flags: [kept, null] }],
    ["a flag's key is a number", withFlag({ key: 7 })],
    ["a flag's type is null", withFlag({ type: null })],
    ["enabled is text", withFlag({ enabled: "true" })],
    ["variations is null", withFlag({ variations: null })],
    ["a variation is a list", withFlag({ variations: [[]] })],
    ["a variation's key is missing", withFlag({ variations: [{ value: 1 }] })],
    ["rules is an object", withFlag({ rules: {} })],
    ["a rule is a list", withFlag({ rules: [[]] })],
    ["no fallthrough", { ...base, flags: [without(odd, "fallthrough")] }],
    ["the fallthrough is null", withFlag({ fallthrough: null })],
    ["a serve's type is missing", withFlag({ fallthrough: { variation: "on" } })],
    ["a serve's type is a number", withFlag({ fallthrough: { type: 1 } })],
    ["a serve's salt is a number", withFlag({ fallthrough: { type: "Rollout", salt: 1 } })],
    [
      "a weight is text",
      withFlag({ fallthrough: { type: "Rollout", variations: [{ key: "on", weight: "1" }] } }),
    ],
    [
      "a weight is null",
      withFlag({ fallthrough: { type: "Rollout", variations: [{ key: "on", weight: null }] } }),
    ],
    [
      "weighted variations is text",
      withFlag({ fallthrough: { type: "Fixed", variation: "on", variations: "x" } }),
    ],
    ["offVariation is false", withFlag({ offVariation: false })],
    ["prerequisites is text", withFlag({ prerequisites: "billing" })],
    ["a prerequisite is null", withFlag({ prerequisites: [null] })],
    ["no serve", withFlag({ rules: [without(rule("r", "on"), "serve")] })],
    ["a rule's id is null", withRule({ id: null })],
    ["a priority is text", withRule({ priority: "1" })],
    ["a priority is null", withRule({ priority: null })],
    ["segmentKey is a number", withRule({ segmentKey: 7 })],
    ["conditionGroups is true", withRule({ conditionGroups: true })],
    ["a group's operator is missing", withRule({ conditionGroups: [{ conditions: [] }] })],
    [
      "a group's conditions is an object",
      withRule({ conditionGroups: [{ operator: "And", conditions: {} }] }),
    ],
    ["an attribute is missing", withCondition({ attribute: undefined })],
    ["an operator is null", withCondition({ operator: null })],
    ["negate is null", withCondition({ negate: null })],
    ["values is text", withCondition({ values: "pro" })],
    ["a value is null", withCondition({ values: ["pro", null] })],
    ["a value is a list", withCondition({ values: [["pro"]] })],
    ["a segment is text", { ...base, segments: ["s"] }],
    ["a segment's logic is null", withSegment({ conditionLogic: null })],
    ["a segment's conditions is true", withSegment({ conditions: true })],
    ["a type violation beside an unknown name", {
      ...base,
      flags: [{ ...kept, fallthrough: { type: "Canary" } }, 7],
    }],
  ];
  const accepted: readonly (readonly [string, object])[] = [
    ["as it stands", base],
    ["empty", wireSnapshot([])],
    ["unknown properties", {
      ...withFlag({ zebra: 1, fallthrough: { ...fixed("on"), zebra: [] } }),
      zebra: {},
    }],
    ["an unknown flag type", withFlag({ type: "Duration" })],
    ["an unknown operator", withCondition({ operator: "SoundsLike" })],
    ["numbers and booleans among the values", withCondition({ values: ["pro", 1, true] })],
    ["null for lists", withFlag({ rules: null, prerequisites: null })],
    ["null for groups", withRule({ conditionGroups: null })],
    ["no conditions", withRule({ conditionGroups: [{ operator: "And" }] })],
    ["no priority, no version", { ...withRule({ priority: undefined }), version: undefined }],
    [
      "null for optional names",
      withFlag({ offVariation: null, fallthrough: { type: "Rollout", salt: null, bucketBy: null } }),
    ],
    ["names in another case", withFlag({ fallthrough: { type: "FIXED", variation: "on" } })],
    ["a segment's conditions missing", withSegment({ conditions: null })],
  ];
  const dropped: readonly (readonly [string, object, "odd" | "odd-segment"])[] = [
    ...["Canary", "", " Fixed", "constructor"].flatMap((type) => [
      ["an unknown fallthrough", withFlag({ fallthrough: { type } }), "odd"] as const,
      ["an unknown serve in a rule", withRule({ serve: { type } }), "odd"] as const,
    ]),
    ...["Xor", "", "And "].flatMap((operator) => [
      [
        "an unknown operator of a group",
        withRule({ conditionGroups: [{ operator, conditions: [] }] }),
        "odd",
      ] as const,
      ["an unknown logic of a segment", withSegment({ conditionLogic: operator }), "odd-segment"] as const,
    ]),
    ["a disabled flag", withFlag({ enabled: false, fallthrough: { type: "Canary" } }), "odd"],
  ];
  return [
    ...rejected.map(([description, payload]) => ({ description, expect: "reject", payload })),
    ...accepted.map(([description, payload]) => ({ description, expect: "accept", payload })),
    ...dropped.map(([description, payload, key]) => ({
      description,
      expect: "dropEntity",
      dropFlags: key === "odd" ? ["odd"] : [],
      dropSegments: key === "odd" ? [] : ["odd-segment"],
      keepFlags: key === "odd" ? ["kept"] : ["kept", "odd"],
      keepSegments: key === "odd" ? ["kept-segment", "odd-segment"] : ["kept-segment"],
      payload,
    })),
  ];
}

// Events (contract §5)

const BOOL = { as: "bool", default: false };
const NEEDING = needing("f", ["p", "on"]);
const OFF = wireFlag("p", { fallthrough: fixed("off") });
const evaluation = { kind: "evaluation", flagKey: "f", read: BOOL, segments: [] };

const IDENTIFIED: readonly (readonly [string, object, object])[] = [
  ["the user id alone", { user_id: "ann" }, { userId: "ann" }],
  ["its other spelling", { userId: "ann" }, { userId: "ann" }],
  ["both: user_id", { userId: "bob", user_id: "ann" }, { userId: "ann" }],
  ["null is absent", { userId: "bob", user_id: null }, { userId: "bob" }],
  ["empty is not", { userId: "bob", user_id: "" }, { userId: "" }],
  ["a number", { user_id: 42 }, { userId: "42" }],
  ["nobody", {}, {}],
  ["attributes", { user_id: "ann", plan: "pro", tags: ["a"] }, {
    userId: "ann",
    metadata: { plan: "pro", tags: ["a"] },
  }],
  ["attributes of nobody", { plan: "pro" }, { metadata: { plan: "pro" } }],
];

const EVENTS: readonly object[] = [
  ...IDENTIFIED.map(([description, context, rest]) => ({
    description,
    kind: "identify",
    context,
    expect: { type: "Identify", flagKey: "$identify", ...rest },
  })),
  {
    description: "metadata",
    kind: "track",
    context: { user_id: "ann", plan: "pro" },
    eventKey: "bought",
    metadata: { amount: 9.5, items: [{ sku: "a" }] },
    expect: {
      type: "Custom",
      flagKey: "bought",
      userId: "ann",
      metadata: { amount: 9.5, items: [{ sku: "a" }] },
    },
  },
  {
    description: "no metadata",
    kind: "track",
    context: { userId: 7 },
    eventKey: "bought",
    expect: { type: "Custom", flagKey: "bought", userId: "7" },
  },
  {
    description: "empty metadata",
    kind: "track",
    context: {},
    eventKey: "bought",
    metadata: {},
    expect: { type: "Custom", flagKey: "bought" },
  },
  {
    ...evaluation,
    description: "fallthrough",
    flags: [wireFlag("f")],
    context: { user_id: "ann", plan: "pro" },
    expect: { type: "Evaluation", flagKey: "f", userId: "ann", variation: "on" },
  },
  {
    ...evaluation,
    description: "disabled, nobody",
    flags: [wireFlag("f", { enabled: false })],
    context: {},
    expect: { type: "Evaluation", flagKey: "f", variation: "off" },
  },
  {
    ...evaluation,
    description: "no such flag",
    flags: [],
    context: { userId: "ann" },
    expect: { type: "Evaluation", flagKey: "f", userId: "ann" },
  },
  {
    ...evaluation,
    description: "no variation named",
    flags: [wireFlag("f", { fallthrough: fixed("") })],
    context: { userId: "ann" },
    expect: { type: "Evaluation", flagKey: "f", userId: "ann" },
  },
  {
    ...evaluation,
    description: "another type than it was read as",
    flags: [wireFlag("f")],
    read: { as: "string", default: "" },
    context: { userId: "ann" },
    expect: { type: "Evaluation", flagKey: "f", userId: "ann", variation: "on" },
  },
  {
    ...evaluation,
    description: "a prerequisite that is not met",
    flags: [NEEDING, OFF],
    context: { userId: "ann" },
    expect: { type: "Evaluation", flagKey: "f", userId: "ann", variation: "off", prerequisiteKey: "p" },
  },
  {
    ...evaluation,
    description: "a prerequisite that is met",
    flags: [NEEDING, wireFlag("p")],
    context: { userId: "ann" },
    expect: { type: "Evaluation", flagKey: "f", userId: "ann", variation: "on" },
  },
];
