import { setOwn } from "../contract/wire.ts";
import { noteObject } from "./context-notes.ts";

/**
 * The attributes of one user or request, as a flat record. Percentage rollouts use `user_id` (or `userId`, another spelling
 * of the same attribute); targeting rules use any attribute (contract §3.2). Only own properties count; missing,
 * `undefined` and `null` are the same. Clients also accept objects of your own types, which need no index signature.
 *
 * @example
 * ```ts
 * import type { EvaluationContext } from "@featureflip/sdk";
 *
 * const context: EvaluationContext = { user_id: "u-123", plan: "pro", age: 42, since: new Date("2024-05-01") };
 * ```
 */
export interface EvaluationContext {
  /** The user's id. */
  readonly user_id?: unknown;
  /** The user's id, in another spelling. */
  readonly userId?: unknown;
  /** A string, number, boolean or date; any other value is converted by `String(value)`. */
  readonly [attribute: string]: unknown;
}

/**
 * A context as callers pass it: objects of their own types count too, and `null` or `undefined` is an empty context. A
 * promise is a type error: it would be an empty context, and a missing `await` is the usual reason.
 */
export type ContextInput =
  | (EvaluationContext & { readonly then?: never })
  | (object & { readonly then?: never })
  | null
  | undefined;

/** The value of an attribute as conditions compare it. */
export type Scalar = string | number | boolean;

/** Reads one attribute; `undefined` when it is absent. `user_id` and `userId` are one attribute; the spelling asked for wins. Never throws. */
export function readAttribute(context: EvaluationContext, name: string): Scalar | undefined {
  const value = readOwnAttribute(context, name);
  if (value !== undefined) return value;
  if (name === "userId") return readOwnAttribute(context, "user_id");
  return name === "user_id" ? readOwnAttribute(context, "userId") : undefined;
}

/** Reads the attribute with exactly this name; `undefined` when it is absent. Never throws. */
export function readOwnAttribute(context: EvaluationContext, name: string): Scalar | undefined {
  try {
    // Engines look up a constant name faster than a computed one (bench: events-unique).
    const value = name === "user_id" ? context.user_id : name === "userId" ? context.userId : context[name];
    // Most attributes are absent or own, so the owner is only checked where there is a value.
    if (value === undefined || value === null || !Object.hasOwn(context, name)) return undefined;
    return isScalar(value) ? value : toText(value as object | bigint | symbol, name);
  } catch {
    return undefined; // a getter, a proxy or a `toString` threw
  }
}

/**
 * Reads an attribute for a comparison. A text, a number or a boolean may be inherited, so it is absent unless
 * {@linkcode isPresent} says otherwise: a caller asks that only about a match, since most values do not match (bench: five rules).
 */
export function peekAttribute(context: EvaluationContext, name: string): Scalar | undefined {
  if (!isUserId(name)) {
    try {
      const value = context[name];
      if (value === undefined || isScalar(value)) return value;
    } catch {
      return undefined; // a getter or a proxy threw
    }
  }
  return readAttribute(context, name);
}

/** Whether an attribute that {@linkcode peekAttribute} returned is there. */
export function isPresent(context: EvaluationContext, name: string): boolean {
  try {
    return isUserId(name) || Object.hasOwn(context, name);
  } catch {
    return false; // a proxy threw
  }
}

function isUserId(name: string): boolean {
  return name === "user_id" || name === "userId";
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function toText(value: object | bigint | symbol, name: string): string | undefined {
  if (typeof value === "symbol") return undefined;
  // By its tag too: a date from another realm is not an `instanceof Date` here.
  if (value instanceof Date || Object.prototype.toString.call(value) === "[object Date]") {
    return Date.prototype.toISOString.call(value);
  }
  return typeof value === "object" ? noteObject(name, value) : String(value);
}

/**
 * Merges a context over default attributes. An absent attribute (missing, `undefined` or `null`) comes from the defaults; a
 * user id in either spelling replaces both spellings of the defaults. Never throws.
 */
export function mergeContexts(defaults: EvaluationContext, context: EvaluationContext): EvaluationContext {
  const own = presentAttributes(context);
  const merged = presentAttributes(defaults);
  if (own.user_id !== undefined || own.userId !== undefined) {
    delete merged.user_id;
    delete merged.userId;
  }
  for (const name of Object.keys(own)) setOwn(merged, name, own[name]);
  return merged;
}

/** A copy of the attributes that are present; `__proto__` is an ordinary attribute. */
function presentAttributes(context: EvaluationContext): Record<string, unknown> {
  const attributes: Record<string, unknown> = {};
  try {
    for (const name of Object.getOwnPropertyNames(context)) {
      try {
        const value = context[name];
        if (value !== undefined && value !== null) setOwn(attributes, name, value);
      } catch {
        // A getter throws: the attribute is absent.
      }
    }
  } catch {
    // A proxy that throws has no attributes.
  }
  return attributes;
}
