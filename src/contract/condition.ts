import { decodeObject, checkOptionalList, decodeString, decodeList } from "./decode.ts";
import type { UnknownName } from "./decode.ts";
import { typeViolation } from "./payload-error.ts";
import type { WireCondition } from "./wire.ts";

/** How the results of several conditions are combined. */
export type ConditionLogic = "And" | "Or";

/** The name of a condition operator (contract §3.3). */
export type Operator =
  | "Equals"
  | "NotEquals"
  | "In"
  | "NotIn"
  | "Contains"
  | "NotContains"
  | "StartsWith"
  | "EndsWith"
  | "MatchesRegex"
  | "GreaterThan"
  | "GreaterThanOrEqual"
  | "LessThan"
  | "LessThanOrEqual"
  | "Before"
  | "After"
  | "SemverEquals"
  | "SemverGreaterThan"
  | "SemverGreaterThanOrEqual"
  | "SemverLessThan"
  | "SemverLessThanOrEqual";

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

/** Checks a list of conditions, which may be `null` or missing. */
export function checkConditions(json: unknown, unknownNames: UnknownName[]): void {
  checkOptionalList(json, "conditions", checkCondition, unknownNames);
}

/** Checks the logic at `path`. A logic that this version does not know is added to `unknownNames`. */
export function checkLogic(json: unknown, path: string, unknownNames: UnknownName[]): void {
  const name = decodeString(json, path);
  if (name !== "And" && !/^(and|or)$/i.test(name)) unknownNames.push({ path, name, known: "And and Or" });
}

function checkCondition(json: unknown, unknownNames: UnknownName[]): void {
  const { attribute, operator, values, negate } = decodeObject(json);
  if (negate !== undefined && typeof negate !== "boolean") {
    throw typeViolation("negate", "true or false", negate);
  }
  decodeString(attribute, "attribute");
  decodeString(operator, "operator");
  checkOptionalList(values, "values", checkConditionValue, unknownNames);
}

function checkConditionValue(json: unknown): void {
  if (typeof json !== "string" && typeof json !== "number" && typeof json !== "boolean") {
    throw typeViolation("", "a string, a number or a boolean", json);
  }
}

/** Decodes a list of conditions; `null` when the list is missing or `null`. */
export function decodeConditions(
  wire: readonly WireCondition[] | null | undefined,
): readonly Condition[] | null {
  return wire ? decodeList(wire, decodeCondition) : null;
}

/** Decodes a logic in any case. */
export function decodeLogic(wire: string): ConditionLogic {
  return wire.toLowerCase() === "or" ? "Or" : "And";
}

function decodeCondition({ attribute, operator, values, negate }: WireCondition): Condition {
  return new Condition(attribute, operator, decodeList(values, String), negate === true);
}
