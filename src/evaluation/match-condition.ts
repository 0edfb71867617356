import type { Condition } from "../contract/condition.ts";
import type { Operator as OperatorName } from "../contract/wire.ts";
import { quote } from "../errors/format.ts";
import type { Warn } from "../runtime/logger.ts";
import { noteNested } from "./context-notes.ts";
import { isPresent, peekAttribute } from "./evaluation-context.ts";
import type { EvaluationContext, Scalar } from "./evaluation-context.ts";
import { after, before } from "./operators/instant.ts";
import { greaterThan, greaterThanOrEqual, lessThan, lessThanOrEqual } from "./operators/number.ts";
import { not } from "./operators/operator.ts";
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

const IMPLEMENTATIONS: Readonly<Record<Lowercase<OperatorName>, Operator>> = {
  equals: equalsAny,
  in: equalsAny,
  notequals: not(equalsAny),
  notin: not(equalsAny),
  contains: containsAny,
  notcontains: not(containsAny),
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
};

/** The operators (contract §3.3), their names without underscores and in lower case. A map, since `constructor` is not an operator. */
const OPERATORS: ReadonlyMap<string, Operator> = new Map(Object.entries(IMPLEMENTATIONS));

/** Prepares a condition, unless it is prepared already. */
export function prepareCondition(condition: Condition, warn: Warn): void {
  if (condition.matches !== null) return;
  const { operator: spelling, values, negate } = condition;
  const operator = OPERATORS.get(spelling.replaceAll("_", "").toLowerCase());
  if (operator === undefined) {
    warn(`Unknown condition operator ${quote(spelling)}: its condition never matches`);
  }
  condition.prepared = operator === undefined ? negate : operator.prepare(values, warn, negate);
  condition.matches = operator?.matches ?? matchesNothing;
}

/** Whether a prepared condition matches a context (contract §3.3). */
export function matchCondition(condition: Condition, context: EvaluationContext): boolean {
  const { attribute, negate, matches } = condition;
  const value = peekAttribute(context, attribute);
  if (value !== undefined) {
    if (!(matches as Operator["matches"])(value, condition.prepared)) return negate;
    if (isPresent(context, attribute)) return !negate;
  }
  if (attribute.includes(".")) noteNested(context, attribute);
  return negate && matches !== matchesNothing;
}

/** Stands for an unknown operator: returns `negate`, so that the result is always `false`. */
function matchesNothing(_value: Scalar, negate: unknown): boolean {
  return negate as boolean;
}
