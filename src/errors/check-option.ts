import { ConfigurationError } from "./configuration-error.ts";
import { kindOf } from "./format.ts";

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
const HARMLESS_TEXT = /^(?:[A-Z]?[a-z]{0,11}|-?[\d_.]{1,8}(?:ms|[smh])?)$/;

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
  return Array.isArray(value) ? "a list with something else" : kindOf(value);
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

const TIMEOUT = timeRule(undefined);

/**
 * Returns the checked timeout of one call, in ms (contract §7); `undefined` without one.
 *
 * @param action What the call does, for the message: `"close client"`.
 * @throws {ConfigurationError} when it is not a finite number of at least 1.
 */
export function timeoutOf(
  action: string,
  options: { readonly timeout?: number | undefined } | null | undefined,
): number | undefined {
  return checkOption(action, "timeout", options?.timeout, TIMEOUT);
}
