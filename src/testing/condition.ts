import { OPERATORS } from "../contract/condition.ts";
import type { Operator, WireCondition, WireSegment } from "../contract/wire.ts";

/**
 * Creates a condition on one attribute.
 *
 * @param attribute The attribute's name.
 * @param operator The operator.
 * @param values The values that the attribute is compared with.
 * @throws {TypeError} when there is no such operator: in a test, a condition that matches nothing is a mistake.
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
  if (!OPERATORS.includes(operator)) {
    throw new TypeError(
      `Cannot use where(): 'operator' must be one of ${OPERATORS.join(", ")}, but is ${
        JSON.stringify(operator)
      }`,
    );
  }
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

/**
 * Creates a segment of the contexts that match all conditions.
 *
 * @param key The segment's key.
 * @param conditions The conditions; without any, every context belongs to it.
 * @example
 * ```ts
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { flag, segment, where } from "@featureflip/sdk/testing";
 *
 * const staff = segment("staff", where("email", "EndsWith", "@example.com"));
 * const beta = flag("beta").whenSegment("staff", "on");
 * const client = new FeatureflipClient({ mode: "offline", bootstrap: { flags: [beta], segments: [staff] } });
 * console.log(client.boolVariation("beta", { email: "ada@example.com" }, false)); // true
 * await client.close();
 * ```
 */
export function segment(key: string, ...conditions: readonly WireCondition[]): WireSegment {
  return { key, version: 1, conditionLogic: "And", conditions };
}
