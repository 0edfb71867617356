import { ConfigurationError } from "../errors/configuration-error.ts";

/** What an option may be (contract §7). */
export interface OptionRule<T> {
  /** Said after "must be". */
  readonly allowed: string;
  isAllowed(value: unknown): boolean;
  /** What holds where it is not given. */
  readonly byDefault: T;
  /** Whether no message may show its value. */
  readonly isSecret?: boolean;
}

/** Text that is no key but a slip: a word, or a number in quotes. Keys have dashes, capitals or digits among letters. */
const HARMLESS_TEXT = /^(?:[A-Z]?[a-z]{0,11}|-?[\d_.]{1,8}(?:ms|[smh])?)$/;

/**
 * Checks one option; what is not given is what it is by default.
 *
 * @throws {ConfigurationError} naming the option, the value and what is allowed.
 */
export function checkOption<T>(option: string, value: unknown, rule: OptionRule<T>): T {
  if (value === undefined) return rule.byDefault;
  if (rule.isAllowed(value)) return value as T;
  const found = rule.isSecret ? "" : `, but is ${show(value)}`;
  throw new ConfigurationError(option, `Option '${option}' must be ${rule.allowed}${found}`);
}

/** Shows what can't be a secret: a text may be a key in the wrong place. */
function show(value: unknown): string {
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return "a list of something else";
  if (typeof value === "string" && HARMLESS_TEXT.test(value)) return JSON.stringify(value);
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** The rule of a time in ms. */
export function time<T extends number | undefined>(byDefault: T, least = 1): OptionRule<T> {
  return number(byDefault, least, `a finite number of milliseconds, at least ${least}`);
}

/** The rule of a number that `isNumber` knows. */
export function number<T extends number | undefined>(
  byDefault: T,
  least: number,
  allowed: string,
  isNumber: (value: unknown) => boolean = Number.isFinite,
): OptionRule<T> {
  return { allowed, byDefault, isAllowed: (value) => isNumber(value) && value as number >= least };
}
