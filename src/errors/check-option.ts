import { hasBrand } from "./brand.ts";
import { ConfigurationError } from "./configuration-error.ts";
import { isRecord, kindOf } from "./format.ts";

/** Default and allowed values of one option (contract §7). */
export type OptionRule<T> = readonly [
  byDefault: T,
  /** The allowed values, after "must be". */
  allowed: string,
  isAllowed: (value: unknown) => boolean,
  /** Whether messages must not show its value. */
  isSecret?: boolean,
];

/** A text that is probably a mistake and not a key: a word, or a number in quotes. Keys mix dashes, capitals or digits with letters. */
export const HARMLESS_TEXT: RegExp = /^(?:[A-Z]?[a-z]{0,11}|-?[\d_.]{1,8}(?:ms|[smh])?)$/;

/**
 * Checks one option, and returns its value or its default.
 *
 * @param action What fails with a wrong value, for the message: `"create client"`.
 * @throws {ConfigurationError} that names the option, its value and the allowed values.
 */
export function checkOption<T>(
  action: string,
  option: string,
  value: unknown,
  [byDefault, allowed, isAllowed, isSecret]: OptionRule<T>,
): T {
  if (value === undefined) return byDefault;
  if (isAllowed(value)) return value as T;
  const found = isSecret ? "" : `, but is ${show(value)}`;
  throw new ConfigurationError(option, `Cannot ${action}: '${option}' must be ${allowed}${found}`);
}

/** Shows a value that cannot be a secret: a text may be a key in the wrong place. */
function show(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "string" && HARMLESS_TEXT.test(value)) return JSON.stringify(value);
  return Array.isArray(value) ? "a list with something else" : kindOfOption(value);
}

/** What an option is, for messages. A promise and a client have no names of their own: either would count as no options. */
export function kindOfOption(value: unknown): string {
  if (hasBrand(value, "FeatureflipClient")) return "a client";
  return isRecord(value) && typeof value.then === "function" ? "a promise" : kindOf(value);
}

/**
 * Whether a value can be options or attributes. A client and a promise have none of their own: they would count as an empty
 * object, and for a missing key of a client, the SDK key of the environment would be used.
 */
export function mayBeOptions(value: unknown): value is object {
  return kindOfOption(value) === "an object";
}

/** The rule for a time in ms; `shownLeast` is the least value in messages. */
export function timeRule<T extends number | undefined>(
  byDefault: T,
  least = 1,
  shownLeast: string = String(least),
): OptionRule<T> {
  return [
    byDefault,
    `a finite number of milliseconds, at least ${shownLeast}`,
    (value) => Number.isFinite(value) && value as number >= least,
  ];
}

/** The rule of an optional function. */
export function functionRule<T>(): OptionRule<T | undefined> {
  return [undefined, "a function", (value) => typeof value === "function"];
}

/** The rule of a text that may be secret, and is not empty. */
export function textRule<T extends string | undefined>(byDefault: T): OptionRule<T> {
  return [
    byDefault,
    "a string that is not empty",
    (value) => typeof value === "string" && value !== "",
    true,
  ];
}

/** The rule of a URL of a service of others, which may contain a token. */
export function urlRule<T extends string | undefined>(byDefault: T): OptionRule<T> {
  return [
    byDefault,
    "an absolute http: or https: URL",
    (value) => typeof value === "string" && /^https?:\/\//i.test(value) && URL.canParse(value),
    true,
  ];
}

/** The rule of each option of `T`. */
export type OptionRules<T> = { readonly [Name in keyof T]-?: OptionRule<T[Name]> };

/**
 * Checks options, and returns them with defaults.
 *
 * @param action What fails with a wrong option, for the message: `"use kvStore()"`.
 * @throws {ConfigurationError} for a wrong value, an unknown name, and options that are not an object.
 */
export function checkOptions<T>(action: string, options: unknown, rules: OptionRules<T>): T {
  const names = Object.keys(rules) as (keyof T & string)[];
  checkNames(action, options, names);
  const checked: Partial<T> = {};
  for (const name of names) {
    checked[name] = checkOption(action, name, (options as Partial<T>)[name], rules[name]);
  }
  return checked as T;
}

/** Like {@linkcode checkOptions}, for options of which some are `required`: a missing one is an error too. */
export function checkRequired<T>(
  action: string,
  options: unknown,
  rules: OptionRules<T>,
  required: readonly (keyof T & string)[],
): T {
  const checked = checkOptions(action, options, rules);
  for (const name of required) {
    if ((options as Partial<T>)[name] !== undefined) continue;
    const message = `Cannot ${action}: '${name}' is missing, it must be ${rules[name][1]}`;
    throw new ConfigurationError(name, message);
  }
  return checked;
}

/** The warning about a time that was probably meant in seconds; 0 is meant. */
export function secondsWarning(option: string, time: number | undefined): string | undefined {
  if (time === undefined || time < 1 || time >= 50) return undefined;
  return `Option '${option}' is ${time} ms: times are in milliseconds, a second is 1,000`;
}

/**
 * Returns the checked timeout of one call, in ms (contract §6, §7); `undefined` without one.
 *
 * @param action What the call does, for the message: `"close client"`.
 * @param least 0 for calls that may be asked not to wait; those take `Infinity`, too.
 * @throws {ConfigurationError} when it is not a number of at least `least`, or the options have other names.
 */
export function timeoutOf(
  action: string,
  options: { readonly timeout?: number | undefined } | null | undefined,
  least: 0 | 1 = 1,
): number | undefined {
  if (options === null || options === undefined) return undefined;
  checkNames(action, options, ["timeout"]);
  // The longest timer; finite ones are clamped where they are set.
  const timeout = least === 0 && options.timeout === Infinity ? 2 ** 31 - 1 : options.timeout;
  return checkOption(
    action,
    "timeout",
    timeout,
    timeRule(undefined, least, least ? undefined : "0, or Infinity"),
  );
}

/**
 * Checks that options are an object.
 *
 * @throws {ConfigurationError} when `options` is something else, a promise or a client.
 */
export function checkIsOptions(action: string, options: unknown): asserts options is object {
  if (mayBeOptions(options)) return;
  const message = `Cannot ${action}: the options must be an object, but are ${kindOfOption(options)}`;
  throw new ConfigurationError("options", message);
}

/**
 * Checks the names of options: an unknown one is probably a typing mistake.
 *
 * @throws {ConfigurationError} when `options` is not an object, is a promise or a client, or has another name than those known.
 */
export function checkNames(action: string, options: unknown, known: readonly string[]): void {
  checkIsOptions(action, options);
  for (const name in options) {
    if (known.includes(name)) continue;
    // The value is never shown, and the name only if it looks like a name: either may be an SDK key in the wrong place.
    const shown = /^[a-z]{1,20}([A-Z_][a-z]{0,20}){0,4}$/.test(name)
      ? ` '${name}'`
      : " (its name is not shown, because it may be the SDK key)";
    const message = `Cannot ${action}: unknown option${shown}. Known options: ${known.join(", ")}`;
    throw new ConfigurationError("options", message);
  }
}
