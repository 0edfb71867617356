import {
  decodeBoolean,
  decodeNullableList,
  decodeObject,
  decodeOptionalList,
  decodeString,
} from "./decode.ts";
import type { DecodeState } from "./decode.ts";
import { typeViolation } from "./payload-error.ts";
import type { Operator } from "./wire.ts";

/** How the results of several conditions are combined. */
export type ConditionLogic = "And" | "Or";

/** The names of the condition operators, in the order of the contract. */
export const OPERATORS: readonly Operator[] = [
  "Equals",
  "NotEquals",
  "In",
  "NotIn",
  "Contains",
  "NotContains",
  "StartsWith",
  "EndsWith",
  "MatchesRegex",
  "GreaterThan",
  "GreaterThanOrEqual",
  "LessThan",
  "LessThanOrEqual",
  "Before",
  "After",
  "SemverEquals",
  "SemverGreaterThan",
  "SemverGreaterThanOrEqual",
  "SemverLessThan",
  "SemverLessThanOrEqual",
];

/** One test of one attribute (contract §3.3). */
export class Condition {
  declare readonly attribute: string;
  /** As spelled on the wire. The evaluation decides which operators exist. */
  declare readonly operator: string;
  /** Numbers and booleans are converted to strings. */
  declare readonly values: readonly string[];
  declare readonly negate: boolean;
  #matches: unknown = null;
  #prepared: unknown = null;

  constructor(attribute: string, operator: string, values: readonly string[], negate: boolean) {
    this.attribute = attribute;
    this.operator = operator;
    this.values = values;
    this.negate = negate;
  }

  /** The function that compares the attribute with {@linkcode prepared}; `null` until the condition is prepared. */
  get matches(): unknown {
    return this.#matches;
  }

  set matches(matches: unknown) {
    this.#matches = matches;
  }

  /** The values in the form that the operator compares with. */
  get prepared(): unknown {
    return this.#prepared;
  }

  set prepared(prepared: unknown) {
    this.#prepared = prepared;
  }
}

/** Decodes a list of conditions; `null` when the list is missing or `null`. */
export function decodeConditions(json: unknown, state: DecodeState): readonly Condition[] | null {
  return decodeNullableList(json, "conditions", decodeCondition, state);
}

/** Decodes the logic at `path`. A logic that this version does not know is added to the state. */
export function decodeLogic(json: unknown, path: string, state: DecodeState): ConditionLogic {
  const logic = decodeString(json, path);
  const name = logic.toLowerCase();
  if (name === "or") return "Or";
  if (name !== "and") state.unknown ??= { path, name: logic, known: "And and Or" };
  return "And";
}

function decodeCondition(json: unknown, state: DecodeState): Condition {
  const wire = decodeObject(json);
  const negate = wire.negate !== undefined && decodeBoolean(wire.negate, "negate");
  const attribute = decodeString(wire.attribute, "attribute");
  const operator = decodeString(wire.operator, "operator");
  const values = decodeOptionalList(wire.values, "values", decodeConditionValue, state);
  const alike = (state.conditions.get(values[0]) ?? []) as readonly Condition[];
  let condition = alike.find((other) =>
    other.attribute === attribute && other.operator === operator && other.negate === negate &&
    other.values.length === values.length && values.every((value, index) => value === other.values[index])
  );
  if (condition === undefined) {
    condition = new Condition(attribute, operator, values, negate);
    // A limit: all of them are compared with each condition that begins alike.
    state.conditions.set(values[0], [condition, ...alike.slice(0, 7)]);
  }
  return condition;
}

function decodeConditionValue(json: unknown): string {
  if (typeof json === "string") return json;
  if (typeof json === "number" || typeof json === "boolean") return String(json);
  throw typeViolation("", "a string, a number or a boolean", json);
}
