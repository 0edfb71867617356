import type {
  WireCondition,
  WireFlag,
  WireGroup,
  WireRule,
  WireSegment,
  WireServe,
  WireSnapshot,
} from "../wire.ts";
import { md5FirstWord } from "./md5.ts";
import { compareRelease, compareVersions, parseVersion, readRelease, release } from "./version.ts";

type Context = Readonly<Record<string, unknown>>;
type Scalar = string | number | boolean;
type Predicate = (context: Context) => boolean;
type Matcher = (value: Scalar) => boolean;

/** The result of an evaluation: no reason, no rule, no error. */
interface Served {
  readonly key: string;
  readonly value: unknown;
}

type Server = (context: Context) => Served;

/**
 * The floor: an evaluator of the contract's flags that is compiled to closures and does nothing else. It does not
 * validate, has no reasons and no events, and copies and freezes nothing. It has no patterns, instants and
 * prerequisites, because no workload uses them.
 */
export class Floor {
  readonly #flags: ReadonlyMap<string, Server>;

  constructor({ flags, segments }: WireSnapshot) {
    const compiled = new Map(
      segments.map((segment) => [segment.key, compileSegment(segment)]),
    );
    this.#flags = new Map(
      flags.map((flag) => [flag.key, compileFlag(flag, compiled)]),
    );
  }

  /** The served value; the fallback if its type differs or no value is served. */
  variation(key: string, context: Context, fallback: Scalar): unknown {
    const serve = this.#flags.get(key);
    if (serve === undefined) return fallback;
    const { value } = serve(context);
    return typeof value === typeof fallback ? value : fallback;
  }

  /** The values of all flags. */
  allFlags(context: Context): Record<string, unknown> {
    const values: Record<string, unknown> = Object.create(null);
    for (const [key, serve] of this.#flags) {
      const { value } = serve(context);
      if (value !== undefined && value !== null) values[key] = value;
    }
    return values;
  }

  /** The key of the served variation, which events name. */
  served(key: string, context: Context): Served | undefined {
    return this.#flags.get(key)?.(context);
  }
}

function compileFlag(
  flag: WireFlag,
  segments: ReadonlyMap<string, Predicate>,
): Server {
  if ((flag.prerequisites?.length ?? 0) > 0) {
    throw new Error("The floor has no prerequisites");
  }
  const variations = new Map<string, Served>(
    flag.variations.map(({ key, value }) => [key, { key, value }]),
  );
  const find = (key: string): Served => variations.get(key) ?? { key, value: undefined };
  if (!flag.enabled) {
    const off = find(flag.offVariation);
    return () => off;
  }
  const fallthrough = compileServe(flag.fallthrough, find);
  if (flag.rules.length === 0) return fallthrough;
  const rules = [...flag.rules].sort((a, b) => a.priority - b.priority).map((
    rule,
  ) => ({
    matches: compileRule(rule, segments),
    serve: compileServe(rule.serve, find),
  }));
  if (rules.length === 1) {
    const { matches, serve } = rules[0]!;
    return (context) => matches(context) ? serve(context) : fallthrough(context);
  }
  return (context) => {
    for (let at = 0; at < rules.length; at++) {
      const rule = rules[at]!;
      if (rule.matches(context)) return rule.serve(context);
    }
    return fallthrough(context);
  };
}

function compileServe(serve: WireServe, find: (key: string) => Served): Server {
  if (serve.type === "Fixed" || !serve.variations?.length) {
    const served = find(serve.variation ?? "");
    return () => served;
  }
  // There are a hundred buckets, so a table maps each to its variation.
  const weighted = serve.variations;
  const table = Array.from({ length: 100 }, (_, bucket) => {
    let sum = 0;
    const hit = weighted.find(({ weight }) => (sum += weight) > bucket);
    return find((hit ?? weighted.at(-1)!).key);
  });
  const control = find(weighted[0]!.key);
  const prefix = `${serve.salt ?? ""}:`;
  const bucketBy = serve.bucketBy || "userId";
  const isUser = bucketBy === "userId" || bucketBy === "user_id";
  const read = attributeReader(bucketBy);
  return (context) => {
    const value = read(context);
    if (isUser && (value === undefined || value === "")) return control;
    return table[
      md5FirstWord(value === undefined ? prefix : prefix + value) % 100
    ]!;
  };
}

function compileRule(
  rule: WireRule,
  segments: ReadonlyMap<string, Predicate>,
): Predicate {
  if (rule.segmentKey) return segments.get(rule.segmentKey) ?? (() => false);
  return combine(rule.conditionGroups.map(compileGroup), "And");
}

function compileGroup({ conditions, operator }: WireGroup): Predicate {
  return combine(conditions.map(compileCondition), operator);
}

function compileSegment(
  { conditions, conditionLogic }: WireSegment,
): Predicate {
  return combine(conditions.map(compileCondition), conditionLogic);
}

function combine(
  predicates: readonly Predicate[],
  logic: "And" | "Or",
): Predicate {
  if (predicates.length === 0) return () => true;
  const [first, second] = predicates;
  if (second === undefined) return first!;
  if (predicates.length === 2) {
    return logic === "And"
      ? (context) => first!(context) && second(context)
      : (context) => first!(context) || second(context);
  }
  const isOr = logic === "Or";
  return (context) => {
    for (let at = 0; at < predicates.length; at++) {
      if (predicates[at]!(context) === isOr) return isOr;
    }
    return !isOr;
  };
}

function compileCondition(
  { attribute, operator, values, negate }: WireCondition,
): Predicate {
  const compile = OPERATORS.get(operator);
  if (compile === undefined) {
    throw new Error(`The floor has no operator ${operator}`);
  }
  const matches = compile(values.map(String));
  const read = attributeReader(attribute);
  if (negate) {
    return (context) => {
      const value = read(context);
      return value === undefined || !matches(value);
    };
  }
  return (context) => {
    const value = read(context);
    return value !== undefined && matches(value);
  };
}

const OPERATORS: ReadonlyMap<string, (values: readonly string[]) => Matcher> = new Map([
  ["Equals", equalsAny],
  ["In", equalsAny],
  ["NotEquals", (values) => not(equalsAny(values))],
  ["NotIn", (values) => not(equalsAny(values))],
  [
    "Contains",
    (values) => textMatcher(values, (text, value) => text.includes(value)),
  ],
  [
    "NotContains",
    (values) => not(textMatcher(values, (text, value) => text.includes(value))),
  ],
  [
    "StartsWith",
    (values) => textMatcher(values, (text, value) => text.startsWith(value)),
  ],
  [
    "EndsWith",
    (values) => textMatcher(values, (text, value) => text.endsWith(value)),
  ],
  ["GreaterThan", (values) => numberMatcher(values, (a, b) => a > b)],
  ["GreaterThanOrEqual", (values) => numberMatcher(values, (a, b) => a >= b)],
  ["LessThan", (values) => numberMatcher(values, (a, b) => a < b)],
  ["LessThanOrEqual", (values) => numberMatcher(values, (a, b) => a <= b)],
  [
    "SemverEquals",
    (values) => versionMatcher(values, (order) => order === 0),
  ],
  [
    "SemverGreaterThan",
    (values) => versionMatcher(values, (order) => order > 0),
  ],
  [
    "SemverGreaterThanOrEqual",
    (values) => versionMatcher(values, (order) => order >= 0),
  ],
  [
    "SemverLessThan",
    (values) => versionMatcher(values, (order) => order < 0),
  ],
  [
    "SemverLessThanOrEqual",
    (values) => versionMatcher(values, (order) => order <= 0),
  ],
]);

function not(matches: Matcher): Matcher {
  return (value) => !matches(value);
}

function equalsAny(values: readonly string[]): Matcher {
  const numbers = new Set(
    values.map(toNumber).filter((value) => !Number.isNaN(value)),
  );
  const folded = values.map((value) => value.toLowerCase());
  if (folded.length === 1) {
    const only = folded[0]!;
    return (value) =>
      typeof value === "number" && Number.isFinite(value)
        ? numbers.has(value)
        : String(value).toLowerCase() === only;
  }
  const set = new Set(folded);
  return (value) =>
    typeof value === "number" && Number.isFinite(value)
      ? numbers.has(value)
      : set.has(String(value).toLowerCase());
}

function textMatcher(
  values: readonly string[],
  holds: (text: string, value: string) => boolean,
): Matcher {
  const folded = values.map((value) => value.toLowerCase());
  return (value) => {
    const text = String(value).toLowerCase();
    for (let at = 0; at < folded.length; at++) {
      if (holds(text, folded[at]!)) return true;
    }
    return false;
  };
}

function numberMatcher(
  values: readonly string[],
  holds: (a: number, b: number) => boolean,
): Matcher {
  const numbers = values.map(toNumber).filter((value) => !Number.isNaN(value));
  return (value) => {
    const number = typeof value === "number" ? value : toNumber(String(value));
    for (let at = 0; at < numbers.length; at++) {
      if (holds(number, numbers[at]!)) return true;
    }
    return false;
  };
}

function versionMatcher(
  values: readonly string[],
  holds: (order: number) => boolean,
): Matcher {
  const versions = values.map(parseVersion).filter((version) => version !== null);
  const releases = values.filter(readRelease).map((value) => readRelease(value) ? [...release] : []);
  const areReleases = releases.length === values.length;
  return (value) => {
    const text = String(value);
    if (areReleases && readRelease(text)) {
      for (let at = 0; at < releases.length; at++) {
        if (holds(compareRelease(releases[at]!))) return true;
      }
      return false;
    }
    const version = parseVersion(text);
    if (version === null) return false;
    for (let at = 0; at < versions.length; at++) {
      if (holds(compareVersions(version, versions[at]!))) return true;
    }
    return false;
  };
}

const DECIMAL = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

function toNumber(text: string): number {
  return DECIMAL.test(text) ? Number(text) : Number.NaN;
}

function attributeReader(
  name: string,
): (context: Context) => Scalar | undefined {
  if (name === "userId") {
    return (context) => own(context, "userId") ?? own(context, "user_id");
  }
  if (name === "user_id") {
    return (context) => own(context, "user_id") ?? own(context, "userId");
  }
  return (context) => own(context, name);
}

function own(context: Context, name: string): Scalar | undefined {
  const value = context[name];
  if (value === undefined || value === null || !Object.hasOwn(context, name)) {
    return undefined;
  }
  return typeof value === "string" || typeof value === "number" ||
      typeof value === "boolean"
    ? value
    : value instanceof Date
    ? value.toISOString()
    : String(value);
}
