import { ConfigurationError } from "../errors/configuration-error.ts";
import { kindOf } from "../errors/kind-of.ts";

/** What an option is where it is not given, and what it may be (contract §7). */
export type OptionRule<T> = readonly [
  byDefault: T,
  /** Said after "must be". */
  allowed: string,
  isAllowed: (value: unknown) => boolean,
  /** Whether no message may show its value. */
  isSecret?: boolean,
];

/** Text that is no key but a slip: a word, or a number in quotes. Keys have dashes, capitals or digits among letters. */
const HARMLESS_TEXT = /^(?:[A-Z]?[a-z]{0,11}|-?[\d_.]{1,8}(?:ms|[smh])?)$/;

/**
 * Checks one option; what is not given is what it is by default.
 *
 * @throws {ConfigurationError} naming the option, the value and what is allowed.
 */
export function checkOption<T>(
  option: string,
  value: unknown,
  [byDefault, allowed, isAllowed, isSecret]: OptionRule<T>,
): T {
  if (value === undefined) return byDefault;
  if (isAllowed(value)) return value as T;
  const found = isSecret ? "" : `, but is ${show(value)}`;
  throw new ConfigurationError(option, `Option '${option}' must be ${allowed}${found}`);
}

/** Shows what can't be a secret: a text may be a key in the wrong place. */
function show(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "string" && HARMLESS_TEXT.test(value)) return JSON.stringify(value);
  return Array.isArray(value) ? "a list of something else" : kindOf(value);
}

/** The rule of a time in ms. */
export function time<T extends number | undefined>(byDefault: T, least = 1): OptionRule<T> {
  return [
    byDefault,
    `a finite number of milliseconds, at least ${least}`,
    (value) => Number.isFinite(value) && value as number >= least,
  ];
}
