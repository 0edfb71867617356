import type { Condition, ConditionLogic } from "../contract/condition.ts";
import type { Warn } from "../contract/decode.ts";
import { quote } from "../errors/quote.ts";
import { readAttribute } from "./evaluation-context.ts";
import type { EvaluationContext, Scalar } from "./evaluation-context.ts";
import { after, before } from "./operators/instant.ts";
import { greaterThan, greaterThanOrEqual, lessThan, lessThanOrEqual } from "./operators/number.ts";
import type { Operator } from "./operators/operator.ts";
import { matchesSome } from "./operators/pattern.ts";
import { containsAny, endsWithAny, equalsAny, startsWithAny } from "./operators/text.ts";
import {
  versionEquals,
  versionGreaterThan,
  versionGreaterThanOrEqual,
  versionLessThan,
  versionLessThanOrEqual,
} from "./operators/version.ts";

/** One condition, ready to be asked. */
interface CompiledCondition {
  readonly attribute: string;
  matches(value: Scalar, prepared: unknown): boolean;
  readonly prepared: unknown;
  /** What `matches` must answer for the condition to hold. */
  readonly expected: boolean;
  /** Whether the condition holds where the attribute is absent. */
  readonly absent: boolean;
}

/** Conditions under one logic: a group, or a segment. */
export interface CompiledGroup {
  readonly conditions: readonly CompiledCondition[];
  /** Whether one of them is enough. */
  readonly isAny: boolean;
}

/** The group of what fails closed: any of no conditions. */
export const NOBODY: CompiledGroup = { conditions: [], isAny: true };

/** The operators (contract §3.3), their names without underscores and in lower case. A map, since `constructor` is no operator. */
const OPERATORS: ReadonlyMap<string, Operator> = new Map(Object.entries({
  equals: equalsAny,
  in: equalsAny,
  contains: containsAny,
  startswith: startsWithAny,
  endswith: endsWithAny,
  matchesregex: matchesSome,
  greaterthan: greaterThan,
  greaterthanorequal: greaterThanOrEqual,
  lessthan: lessThan,
  lessthanorequal: lessThanOrEqual,
  before,
  after,
  semverequals: versionEquals,
  semvergreaterthan: versionGreaterThan,
  semvergreaterthanorequal: versionGreaterThanOrEqual,
  semverlessthan: versionLessThan,
  semverlessthanorequal: versionLessThanOrEqual,
}));

/** What turns an operator into its opposite, where there is one. */
const NOT = /^not(?=(?:equals|in|contains)$)/;

/** Compiles conditions under one logic; none match everybody, `null` (the wire had no list) nobody (contract §2.1). */
export function compileGroup(
  conditions: readonly Condition[] | null,
  logic: ConditionLogic,
  warn: Warn,
): CompiledGroup {
  if (conditions === null) return NOBODY;
  return {
    conditions: conditions.map((condition) => compileCondition(condition, warn)),
    isAny: logic === "Or" && conditions.length > 0,
  };
}

/** Whether a group holds for a context. */
export function matchGroup({ conditions, isAny }: CompiledGroup, context: EvaluationContext): boolean {
  for (const condition of conditions) if (matchCondition(condition, context) === isAny) return isAny;
  return !isAny;
}

/** Whether a condition holds for a context. */
export function matchCondition(condition: CompiledCondition, context: EvaluationContext): boolean {
  const value = readAttribute(context, condition.attribute);
  return value === undefined
    ? condition.absent
    : condition.matches(value, condition.prepared) === condition.expected;
}

/** Compiles one condition (contract §3.3). */
function compileCondition(
  { attribute, operator: spelling, values, negate }: Condition,
  warn: Warn,
): CompiledCondition {
  const name = spelling.replaceAll("_", "").toLowerCase();
  const bare = name.replace(NOT, "");
  const operator = OPERATORS.get(bare);
  if (operator === undefined) {
    warn(`The condition operator ${quote(spelling)} is unknown: its condition matches nobody`);
    // And `negate` does not invert that.
    return { attribute, matches: () => false, prepared: undefined, expected: true, absent: false };
  }
  return {
    attribute,
    matches: operator.matches,
    prepared: operator.prepare(values, warn),
    expected: negate === (bare !== name),
    absent: negate,
  };
}
