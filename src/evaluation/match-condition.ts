import type { Condition, ConditionLogic } from "../contract/condition.ts";
import type { Warn } from "../contract/decode.ts";
import { attributeReader } from "./evaluation-context.ts";
import type { EvaluationContext } from "./evaluation-context.ts";
import { comparesAsInstant } from "./operators/instant.ts";
import type { Matcher } from "./operators/matcher.ts";
import { comparesAsNumber } from "./operators/number.ts";
import { matchesSome } from "./operators/pattern.ts";
import { containsAny, endsWithAny, equalsAny, startsWithAny } from "./operators/text.ts";
import { comparesAsVersion } from "./operators/version.ts";
import { quote } from "../errors/quote.ts";

/** Whether a condition, a group, a segment or a rule holds for a context. */
export type Predicate = (context: EvaluationContext) => boolean;

/** The predicate of what can't be evaluated, or fails closed. */
export const never: Predicate = () => false;

const always: Predicate = () => true;

const equal = (order: number): boolean => order === 0;
const greater = (order: number): boolean => order > 0;
const greaterOrEqual = (order: number): boolean => order >= 0;
const less = (order: number): boolean => order < 0;
const lessOrEqual = (order: number): boolean => order <= 0;

/** The operators (contract §3.3), their names without underscores and in lower case. A map, since `constructor` is no operator. */
const OPERATORS: ReadonlyMap<string, (values: readonly string[], warn: Warn) => Matcher> = new Map(
  Object.entries<(values: readonly string[], warn: Warn) => Matcher>({
    equals: equalsAny,
    in: equalsAny,
    notequals: (values) => not(equalsAny(values)),
    notin: (values) => not(equalsAny(values)),
    contains: containsAny,
    notcontains: (values) => not(containsAny(values)),
    startswith: startsWithAny,
    endswith: endsWithAny,
    matchesregex: matchesSome,
    greaterthan: (values) => comparesAsNumber(values, greater),
    greaterthanorequal: (values) => comparesAsNumber(values, greaterOrEqual),
    lessthan: (values) => comparesAsNumber(values, less),
    lessthanorequal: (values) => comparesAsNumber(values, lessOrEqual),
    before: (values) => comparesAsInstant(values, less),
    after: (values) => comparesAsInstant(values, greater),
    semverequals: (values) => comparesAsVersion(values, equal),
    semvergreaterthan: (values) => comparesAsVersion(values, greater),
    semvergreaterthanorequal: (values) => comparesAsVersion(values, greaterOrEqual),
    semverlessthan: (values) => comparesAsVersion(values, less),
    semverlessthanorequal: (values) => comparesAsVersion(values, lessOrEqual),
  }),
);

/** Compiles one condition (contract §3.3). */
export function matchCondition(condition: Condition, warn: Warn): Predicate {
  const operator = OPERATORS.get(condition.operator.replaceAll("_", "").toLowerCase());
  if (operator === undefined) {
    warn(
      `The condition operator ${quote(condition.operator)} is unknown: its condition matches nobody`,
    );
    return never; // and `negate` does not invert that
  }
  const matches = operator(condition.values, warn);
  const read = attributeReader(condition.attribute);
  const { negate } = condition;
  return (context) => {
    const value = read(context);
    return value === undefined ? negate : matches(value) !== negate;
  };
}

/** Compiles conditions under one logic; none match everybody, `null` (the wire had no list) nobody (contract §2.1). */
export function matchConditions(
  conditions: readonly Condition[] | null,
  logic: ConditionLogic,
  warn: Warn,
): Predicate {
  if (conditions === null) return never;
  const predicates = conditions.map((condition) => matchCondition(condition, warn));
  return logic === "Or" && predicates.length > 0 ? some(predicates) : every(predicates);
}

/** Holds when all of them do. */
export function every(predicates: readonly Predicate[]): Predicate {
  if (predicates.length === 0) return always;
  if (predicates.length === 1) return predicates[0]!;
  return (context) => {
    for (const predicate of predicates) if (!predicate(context)) return false;
    return true;
  };
}

function some(predicates: readonly Predicate[]): Predicate {
  if (predicates.length === 1) return predicates[0]!;
  return (context) => {
    for (const predicate of predicates) if (predicate(context)) return true;
    return false;
  };
}

function not(matches: Matcher): Matcher {
  return (value) => !matches(value);
}
