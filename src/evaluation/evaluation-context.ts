/**
 * The attributes of one user or request, flat. `user_id` (or `userId`, the same attribute in another spelling) anchors
 * percentage rollouts; every other name feeds targeting (contract §3.2). Only own properties count; missing, `undefined`
 * and `null` are the same. Clients take objects of types of your own too, which need no index signature.
 *
 * @example
 * ```ts
 * import type { EvaluationContext } from "@featureflip/sdk";
 *
 * const context: EvaluationContext = { user_id: "u-123", plan: "pro", age: 42, since: new Date("2024-05-01") };
 * ```
 */
export interface EvaluationContext {
  /** Who this is. */
  readonly user_id?: unknown;
  /** Who this is, in another spelling. */
  readonly userId?: unknown;
  /** Strings, numbers, booleans and dates; everything else stands for `String(value)`. */
  readonly [attribute: string]: unknown;
}

/** A context as callers pass it: objects of their own types count too, and `null` or `undefined` is an empty context. */
export type ContextInput = EvaluationContext | object | null | undefined;

/** What conditions compare: an attribute's value once it is neither absent nor an object. */
export type Scalar = string | number | boolean;

/** Reads one attribute; `undefined` when it is absent. `user_id` and `userId` find each other, the spelling asked for first. Never throws. */
export function readAttribute(context: EvaluationContext, name: string): Scalar | undefined {
  const value = readOwnAttribute(context, name);
  if (value !== undefined) return value;
  if (name === "userId") return readOwnAttribute(context, "user_id");
  return name === "user_id" ? readOwnAttribute(context, "userId") : undefined;
}

/** Reads one attribute under exactly this name; `undefined` when it is absent. Never throws. */
export function readOwnAttribute(context: EvaluationContext, name: string): Scalar | undefined {
  try {
    // A name that stands in the code is found at once: a quarter of an event that has been sent before.
    const value = name === "user_id" ? context.user_id : name === "userId" ? context.userId : context[name];
    // Most attributes are absent or own: looking for an owner only where there is a value is the cheaper order.
    if (value === undefined || value === null || !Object.hasOwn(context, name)) return undefined;
    return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
      ? value
      : toText(value as object | bigint | symbol);
  } catch {
    return undefined; // a getter, a proxy or a `toString` that throws
  }
}

function toText(value: object | bigint | symbol): string | undefined {
  if (typeof value === "symbol") return undefined;
  // By its tag too, because a date from another realm is no `instanceof Date` here.
  if (value instanceof Date || Object.prototype.toString.call(value) === "[object Date]") {
    return Date.prototype.toISOString.call(value);
  }
  return String(value);
}
