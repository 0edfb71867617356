import type { Operator } from "../contract/condition.ts";
import type { WireCondition } from "../contract/wire.ts";

/**
 * Creates a condition on one attribute.
 *
 * @param attribute The attribute's name.
 * @param operator The operator.
 * @param values The values that the attribute is compared with.
 * @example
 * ```ts
 * import { where } from "@featureflip/sdk/testing";
 *
 * console.log(where("plan", "In", "pro", "enterprise").values); // [ "pro", "enterprise" ]
 * ```
 */
export function where(
  attribute: string,
  operator: Operator,
  ...values: readonly (string | number | boolean)[]
): WireCondition {
  return { attribute, operator, values };
}

/**
 * Inverts a condition. An inverted condition also matches where the attribute is absent.
 *
 * @param condition The condition to invert.
 * @example
 * ```ts
 * import { not, where } from "@featureflip/sdk/testing";
 *
 * console.log(not(where("email", "EndsWith", "@example.com")).negate); // true
 * ```
 */
export function not(condition: WireCondition): WireCondition {
  return { ...condition, negate: condition.negate !== true };
}
