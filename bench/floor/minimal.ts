import { md5After, md5Of } from "../../src/evaluation/md5.ts";
import type { WireCondition, WireFlag, WireSegment, WireServe, WireSnapshot } from "../wire.ts";

type Context = Readonly<Record<string, unknown>>;
type Value = boolean | string;
type Predicate = (context: Context) => boolean;
type Server = (context: Context) => Value;

/**
 * The minimal floor: what one would write by hand for exactly the benchmark's flags. One attribute read and one comparison
 * per condition: texts are not folded, numbers not parsed, versions are `x.y.z`, inherited attributes count, and getters
 * may throw. The hash is this package's, with the salt packed beforehand.
 */
export class Minimal {
  readonly #flags: ReadonlyMap<string, Server>;

  constructor({ flags, segments }: WireSnapshot) {
    const bySegment = new Map(segments.map((segment) => [segment.key, compileSegment(segment)]));
    this.#flags = new Map(flags.map((flag) => [flag.key, compileFlag(flag, bySegment)]));
  }

  /** The served value; the fallback if its type differs. */
  variation(key: string, context: Context, fallback: Value): unknown {
    const value = this.#flags.get(key)?.(context);
    return typeof value === typeof fallback ? value : fallback;
  }

  /** The values of all flags. */
  allFlags(context: Context): Record<string, unknown> {
    const values: Record<string, unknown> = Object.create(null);
    for (const [key, serve] of this.#flags) values[key] = serve(context);
    return values;
  }
}

function compileFlag(flag: WireFlag, segments: ReadonlyMap<string, Predicate>): Server {
  const values = new Map(flag.variations.map(({ key, value }) => [key, value]));
  if (!flag.enabled) return constant(values.get(flag.offVariation)!);
  // The benchmark's rules are in order, and each has one group or a segment.
  return flag.rules.toReversed().reduce((otherwise, { segmentKey, conditionGroups, serve }) => {
    const matches = segmentKey ? segments.get(segmentKey)! : every(conditionGroups[0]!.conditions);
    const server = compileServe(serve, values);
    return (context) => matches(context) ? server(context) : otherwise(context);
  }, compileServe(flag.fallthrough, values));
}

function compileServe(
  { variation, salt, variations }: WireServe,
  values: ReadonlyMap<string, Value>,
): Server {
  if (!variations?.length) return constant(values.get(variation!)!);
  const [first, second] = variations.map(({ key }) => values.get(key)!);
  const { weight } = variations[0]!;
  const head = md5Of(`${salt}:`);
  return ({ user_id }) => md5After(head, user_id as string) % 100 < weight ? first! : second!;
}

function constant(value: Value): Server {
  return () => value;
}

function compileSegment({ conditions }: WireSegment): Predicate {
  return every(conditions);
}

function every(conditions: readonly WireCondition[]): Predicate {
  const [first, second] = conditions.map(compileCondition);
  return second === undefined ? first! : (context) => first!(context) && second(context);
}

function compileCondition({ attribute, operator, values }: WireCondition): Predicate {
  const [only = ""] = values.map(String);
  switch (operator) {
    case "Equals":
      return (context) => context[attribute] === only;
    case "In": {
      const set = new Set<unknown>(values);
      return (context) => set.has(context[attribute]);
    }
    case "Contains":
      return (context) => (context[attribute] as string).includes(only);
    case "EndsWith":
      return (context) => (context[attribute] as string).endsWith(only);
    case "GreaterThanOrEqual": {
      const bound = Number(only);
      return (context) => context[attribute] as number >= bound;
    }
    case "SemverGreaterThanOrEqual": {
      const bound = toNumber(only);
      return (context) => toNumber(context[attribute] as string) >= bound;
    }
  }
  throw new Error(`The minimal floor has no operator ${operator}`);
}

/** `x.y.z` as one number. */
function toNumber(version: string): number {
  let sum = 0;
  let part = 0;
  for (let at = 0; at < version.length; at++) {
    const code = version.charCodeAt(at);
    if (code === 46) {
      sum = sum * 1_000 + part;
      part = 0;
    } else part = part * 10 + code - 48;
  }
  return sum * 1_000 + part;
}
