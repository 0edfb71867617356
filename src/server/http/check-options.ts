import type { OptionRule } from "../../errors/check-option.ts";
import { ConfigurationError } from "../../errors/configuration-error.ts";
import { isRecord } from "../../errors/format.ts";
import { consoleLogger, isLogger } from "../../runtime/logger.ts";
import type { Logger } from "../../runtime/logger.ts";

/** The rule of each option of `T`. */
export type OptionRules<T> = { readonly [Name in keyof T]-?: OptionRule<T[Name]> };

/** The bounds of every API, checked. */
export interface Bounds {
  readonly pingInterval: number;
  readonly maxBodyBytes: number;
  readonly maxBacklogBytes: number;
}

const MEBIBYTE = 2 ** 20;

/** The rules of the bounds of every API, with their defaults. */
export const BOUNDS: OptionRules<Bounds> = {
  pingInterval: milliseconds(30_000),
  maxBodyBytes: atLeastOne("a finite number of bytes, at least 1", 2 * MEBIBYTE),
  maxBacklogBytes: atLeastOne("a finite number of bytes, at least 1", MEBIBYTE),
};

/** The rule of a logger. */
export const LOGGER: OptionRule<Logger> = [
  consoleLogger,
  "an object with the functions debug, info, warn and error",
  isLogger,
];

/** The rule of the SDK keys that clients send. */
export const SDK_KEYS: OptionRule<readonly string[]> = [
  [],
  "a list of at least one SDK key (visible ASCII characters)",
  (value) => Array.isArray(value) && value.length > 0 && value.every(isSecret),
  true,
];

/** The rule of a list of host names. */
export function hosts<T extends readonly string[] | undefined>(byDefault: T): OptionRule<T> {
  return [
    byDefault,
    "a list of host names",
    (value) => Array.isArray(value) && value.every((host) => typeof host === "string"),
  ];
}

/** The rule of a count. */
export function count(byDefault: number): OptionRule<number> {
  return atLeastOne("a finite number of at least 1", byDefault);
}

/** The rule of a time in ms. */
export function milliseconds(byDefault: number): OptionRule<number> {
  return atLeastOne("a finite number of milliseconds, at least 1", byDefault);
}

function atLeastOne(allowed: string, byDefault: number): OptionRule<number> {
  return [byDefault, allowed, (value) => Number.isFinite(value) && value as number >= 1];
}

/** Whether a value is an SDK key or a token. White space around it is allowed: keys from files end in a line break. */
export function isSecret(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value.trim());
}

/**
 * Checks options and fills in their defaults.
 *
 * @param action What cannot be done without them, for the message: `create relay`.
 * @param required The options without a default.
 * @throws {ConfigurationError} naming the option and what is allowed.
 */
export function checkOptions<T>(
  action: string,
  options: unknown,
  rules: OptionRules<T>,
  required: readonly (keyof T & string)[],
): T {
  if (!isRecord(options)) {
    throw new ConfigurationError("options", `Cannot ${action}: the options must be an object`);
  }
  if (Object.keys(options).some((name) => !Object.hasOwn(rules, name))) {
    // Its name is not shown: it may be a key in the wrong place.
    const known = Object.keys(rules).join(", ");
    throw new ConfigurationError("options", `Cannot ${action}: unknown option. Known options: ${known}`);
  }
  const checked: Record<string, unknown> = {};
  for (const [option, rule] of Object.entries<OptionRule<unknown>>(rules)) {
    const [byDefault, allowed, isAllowed, isHidden] = rule;
    const value = options[option];
    checked[option] = value === undefined ? byDefault : value;
    if (value === undefined && required.includes(option as keyof T & string)) {
      throw new ConfigurationError(option, `Cannot ${action}: '${option}' is missing`);
    }
    if (value === undefined || isAllowed(value)) continue;
    const found = typeof value === "number" && !isHidden ? `, but is ${value}` : "";
    throw new ConfigurationError(option, `Cannot ${action}: '${option}' must be ${allowed}${found}`);
  }
  return checked as T;
}
