import { FeatureflipError } from "../errors/featureflip-error.ts";
import { quote } from "../errors/format.ts";
import type {
  ConditionTrace,
  EvaluationTrace,
  GroupTrace,
  PrerequisiteTrace,
  RolloutTrace,
  RuleTrace,
} from "../evaluation/explain.ts";

/** The largest number of a condition's values that are shown. */
const VALUES_SHOWN = 12;

/** Formats the steps of an evaluation for a terminal. */
export function formatTrace(trace: EvaluationTrace): string {
  const { key, detail } = trace;
  const value = detail.value === undefined ? "the caller's default" : JSON.stringify(detail.value);
  return [`${plain(key)}: ${value} (${detail.reason})`, ...stepsOf(trace).map(indent)].join("\n");
}

function stepsOf({ detail, prerequisites, rules, rollout }: EvaluationTrace): string[] {
  const { reason, error, variationKey } = detail;
  return [
    ...prerequisites.flatMap(prerequisiteSteps),
    ...rules.flatMap(ruleSteps),
    ...(reason === "FLAG_DISABLED" ? ["✗ the flag is off"] : []),
    ...(reason === "FALLTHROUGH" && rules.length > 0 ? ["✓ no rule matched: fallthrough"] : []),
    ...(rollout === undefined ? [] : [rolloutStep(rollout)]),
    ...(error === undefined ? [] : [`✗ ${error.message}`]),
    variationKey === undefined ? "→ serves no variation" : `→ serves ${JSON.stringify(variationKey)}`,
  ];
}

function prerequisiteSteps(
  { flagKey, expectedVariationKey, servedVariationKey, matched, trace }: PrerequisiteTrace,
): string[] {
  const need = `prerequisite ${JSON.stringify(flagKey)} must serve ${JSON.stringify(expectedVariationKey)}`;
  if (matched) return [`✓ ${need}`];
  const served = servedVariationKey === undefined ? "no variation" : JSON.stringify(servedVariationKey);
  return [`✗ ${need}, but serves ${served}`, ...(trace === undefined ? [] : stepsOf(trace).map(indent))];
}

function ruleSteps({ ruleId, segmentKey, groups, ignored = [], matched }: RuleTrace): string[] {
  const segment = segmentKey === undefined ? "" : ` for segment ${JSON.stringify(segmentKey)}`;
  const missing = segmentKey !== undefined && groups.length === 0 ? ", which does not exist" : "";
  const [only] = groups;
  const steps = only !== undefined && groups.length === 1 && !isChoice(only)
    ? only.conditions.map(conditionStep)
    : groups.flatMap(groupSteps);
  const notConsulted = ignored.map((condition) =>
    `- ${questionOf(condition)} (not consulted: the segment decides)`
  );
  return [
    `${mark(matched)} rule ${quote(ruleId)}${segment}${missing}`,
    ...[...steps, ...notConsulted].map(indent),
  ];
}

/** Whether the logic of a group has to be shown. */
function isChoice({ operator, conditions }: GroupTrace): boolean {
  return operator === "Or" && conditions.length > 1;
}

function groupSteps(group: GroupTrace): string[] {
  const head = isChoice(group) ? "any of" : group.conditions.length === 0 ? "no condition" : "all of";
  return [`${mark(group.matched)} ${head}`, ...group.conditions.map(conditionStep).map(indent)];
}

function conditionStep(condition: ConditionTrace): string {
  const { actual, matched } = condition;
  const found = actual === undefined ? "(missing)" : `(is ${JSON.stringify(actual)})`;
  return `${mark(matched)} ${questionOf(condition)} ${found}`;
}

function questionOf(
  { attribute, operator, values, negate }: Pick<
    ConditionTrace,
    "attribute" | "operator" | "values" | "negate"
  >,
): string {
  const list = values.slice(0, VALUES_SHOWN).map(literal).join(", ");
  const more = values.length > VALUES_SHOWN ? ` and ${values.length - VALUES_SHOWN} more` : "";
  return `${negate ? "not: " : ""}${plain(attribute)} ${plain(operator)} ${list}${more}`;
}

function rolloutStep({ bucketBy, value, bucket, shares }: RolloutTrace): string {
  let sum = 0;
  const ranges = shares.map(({ variationKey, weight }) => {
    const from = sum;
    sum += weight;
    return `${plain(variationKey)} ${from} to ${sum}`;
  });
  const text = bucket === undefined
    ? `rollout: no ${plain(bucketBy)}, so the first variation`
    : `rollout: ${plain(bucketBy)} ${JSON.stringify(value)} is in bucket ${bucket} of 100`;
  return `✓ ${text} (${ranges.join(", ")})`;
}

/** A value of a condition. The decoder has made strings of numbers and booleans: they are shown as they were written. */
function literal(value: string): string {
  return /^(?:true|false|-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?)$/.test(value) ? value : JSON.stringify(value);
}

/** A name without quotes, unless it has characters that would break the line or read as something else. */
function plain(name: string): string {
  return /^[\p{L}\p{N}_.$-]+$/u.test(name) ? name : quote(name);
}

function mark(matched: boolean): string {
  return matched ? "✓" : "✗";
}

function indent(line: string): string {
  return `  ${line}`;
}

/**
 * Formats traces and details as JSON. An error, whose message JSON would leave out, becomes its code and message.
 *
 * @param space As for `JSON.stringify`.
 */
export function traceToJson(value: unknown, space?: number): string {
  const replace = (_name: string, item: unknown): unknown =>
    item instanceof FeatureflipError ? { code: item.code, message: item.message } : item;
  return JSON.stringify(value, replace, space);
}
