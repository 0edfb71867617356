import { quote } from "../errors/format.ts";

type Attributes = Readonly<Record<string, unknown>>;

/** Something about a context that is probably a mistake: of one attribute, or of a context without a user id. */
type ContextNote =
  | { readonly attribute: string; readonly problem: string }
  | { readonly context: Attributes };

const IS_LIST = "is a list, which conditions compare as one text: pass a string, a number or a boolean";
const IS_OBJECT =
  "is an object, which conditions cannot compare: pass a string, a number, a boolean or a date";
const IS_NESTED = "is missing: contexts are flat, so pass an attribute of this name instead of an object";

/**
 * What the current evaluation noticed, for its caller to log; `undefined` for nothing, which is all that an evaluation
 * without a note pays for. Evaluations are synchronous, so one place is enough.
 */
export let pendingNote: ContextNote | undefined;

/** The last object with a text of its own that a condition compares. */
let textual: { readonly attribute: string; readonly text: string } | undefined;

/** Notes that a condition compares a list or an object as text, and returns the text. */
export function noteObject(attribute: string, value: object): string {
  if (Array.isArray(value)) pendingNote = { attribute, problem: IS_LIST };
  // Objects with a text of their own, such as Temporal's, are compared by it.
  else if (!hasOwnText(value)) pendingNote = { attribute, problem: IS_OBJECT };
  const text = String(value);
  if (pendingNote === undefined) textual = { attribute, text };
  return text;
}

/** Notes that an operator cannot read an attribute, if an object gave the text: a `Temporal.ZonedDateTime` is not an instant. */
export function noteUnreadable(text: string): void {
  if (text === textual?.text) pendingNote = { attribute: textual.attribute, problem: IS_OBJECT };
}

/** Notes that a condition names a property of an attribute, such as `user.plan`, where contexts are flat. */
export function noteNested(context: Attributes, attribute: string): void {
  const head = attribute.slice(0, attribute.indexOf("."));
  const value = readPlain(context, head);
  if (typeof value === "object" && value !== null) pendingNote = { attribute, problem: IS_NESTED };
}

/** Notes that a rollout by user id is evaluated without one. A context that has one, which is empty, is meant so. */
export function noteAnonymous(context: Attributes): void {
  try {
    if (!("user_id" in context) && !("userId" in context)) pendingNote = { context };
  } catch {
    // A proxy threw.
  }
}

/** Forgets the pending note. */
export function forgetNote(): void {
  pendingNote = undefined;
}

/** Returns the message of the pending note, and forgets it. */
export function takeNote(): string | undefined {
  const note = pendingNote;
  pendingNote = undefined;
  if (note === undefined) return undefined;
  if ("problem" in note) return `Attribute ${quote(note.attribute)} ${note.problem}`;
  const lookalike = idLookalike(note.context);
  const remedy = lookalike === undefined
    ? "pass 'user_id', or 'user_id: null' if there is none"
    : `pass ${quote(lookalike)} as 'user_id'`;
  return `A rollout by user id serves its first variation to contexts without 'user_id': ${remedy}`;
}

/**
 * What a context without a user id is that is probably no context; `undefined` for one that may be meant. Only own attributes
 * count (contract §3.2), so a promise, a list or a `Map` is an empty context.
 */
export function mistakenKind(context: object): string | undefined {
  try {
    const prototype: unknown = Object.getPrototypeOf(context);
    // An object literal's, of any realm.
    if (prototype === null || Object.getPrototypeOf(prototype) === null) return undefined;
    if (typeof (context as { readonly then?: unknown }).then === "function") return "a promise: await it";
    if (Array.isArray(context)) return "a list";
    return Object.keys(context).length === 0 ? "an object without attributes of its own" : undefined;
  } catch {
    return undefined; // a getter or a proxy threw
  }
}

const ID_NAMES = ["id", "userID", "userid", "uid", "user", "key", "targetingKey", "distinct_id", "sub"];

/** The attribute that looks like a user id, such as `id` or `user.id`. */
function idLookalike(context: Attributes): string | undefined {
  for (const name of ID_NAMES) {
    const value = readPlain(context, name);
    if (typeof value === "string" || typeof value === "number") return name;
    if (typeof value !== "object" || value === null) continue;
    const inner = ["id", "user_id", "userId", "key"].find((name) =>
      readPlain(value as Attributes, name) !== undefined
    );
    if (inner !== undefined) return `${name}.${inner}`;
  }
  return undefined;
}

function readPlain(context: Attributes, name: string): unknown {
  try {
    return Object.hasOwn(context, name) ? context[name] : undefined;
  } catch {
    return undefined; // a getter or a proxy threw
  }
}

/** Whether `String(value)` is more than `[object Object]`. It throws only where that does too. */
function hasOwnText(value: object): boolean {
  return (value as { readonly [Symbol.toPrimitive]?: unknown })[Symbol.toPrimitive] !== undefined ||
    (typeof value.toString === "function" && value.toString !== Object.prototype.toString);
}
