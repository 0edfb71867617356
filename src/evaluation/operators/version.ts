import type { Scalar } from "../evaluation-context.ts";
import { operator } from "./operator.ts";
import type { Operator } from "./operator.ts";

/** A version (contract §3.4). */
interface Version {
  /** The digits of each segment, without leading zeros. */
  readonly core: readonly string[];
  /** The segments as numbers, rounded where a double is not exact. */
  readonly numbers: readonly number[];
  /** Empty for a release. */
  readonly prerelease: readonly string[];
}

const VERSION = /^v?(\d+(?:\.\d+)*)(?:-([^+.]+(?:\.[^+.]+)*))?(?:\+|$)/i;
const DIGITS = /^\d+$/;
const LEADING_ZEROS = /^0+(?=\d)/;

const DOT = 0x2e;
const ZERO = 0x30;

/** Numbers of up to this many digits are exact in a double. */
const EXACT_DIGITS = 15;

/** SemverEquals (contract §3.3): both sides as versions. */
export const versionEquals: Operator = operator(
  versionsOf,
  (value, versions) => versions.some((version) => order(value, version) === 0),
);

/** SemverGreaterThan (contract §3.3). */
export const versionGreaterThan: Operator = operator(lowestOf, (value, bound) => order(value, bound) > 0);

/** SemverGreaterThanOrEqual (contract §3.3). */
export const versionGreaterThanOrEqual: Operator = operator(
  lowestOf,
  (value, bound) => order(value, bound) >= 0,
);

/** SemverLessThan (contract §3.3). */
export const versionLessThan: Operator = operator(highestOf, (value, bound) => order(value, bound) < 0);

/** SemverLessThanOrEqual (contract §3.3). */
export const versionLessThanOrEqual: Operator = operator(
  highestOf,
  (value, bound) => order(value, bound) <= 0,
);

function versionsOf(values: readonly string[]): readonly Version[] {
  return values.map(parseVersion).filter((version) => version !== undefined);
}

function lowestOf(values: readonly string[]): Version | undefined {
  return versionsOf(values).toSorted(compareVersions)[0];
}

function highestOf(values: readonly string[]): Version | undefined {
  return versionsOf(values).toSorted(compareVersions).at(-1);
}

/**
 * Compares a value with a version: negative, 0, positive, or `NaN` when one of them is not a version. A value of digits and
 * dots is compared while it is read, without parsing it (bench: versions).
 */
function order(value: Scalar, bound: Version | undefined): number {
  if (bound === undefined) return NaN;
  const text = String(value);
  const { numbers } = bound;
  let result = 0;
  let segment = 0;
  let start = 0;
  let number = 0;
  for (let index = 0; index <= text.length; index++) {
    const code = index < text.length ? text.charCodeAt(index) : DOT;
    if (code >= ZERO && code <= ZERO + 9) {
      number = number * 10 + code - ZERO;
    } else {
      if (code !== DOT || index === start || index - start > EXACT_DIGITS) return orderParsed(text, bound);
      result ||= number - (numbers[segment] ?? 0);
      segment++;
      start = index + 1;
      number = 0;
    }
  }
  for (; segment < numbers.length; segment++) result ||= -numbers[segment]!;
  return result || bound.prerelease.length;
}

function orderParsed(text: string, bound: Version): number {
  const version = parseVersion(text);
  return version === undefined ? NaN : compareVersions(version, bound);
}

/** Parses a version (contract §3.4); `undefined` when the text is not one. */
export function parseVersion(text: string): Version | undefined {
  const match = VERSION.exec(text.trim());
  if (match === null) return undefined;
  const core = match[1]!.split(".").map(withoutLeadingZeros);
  return { core, numbers: core.map(Number), prerelease: match[2]?.split(".") ?? [] };
}

/** Compares two versions by semver §11: negative, 0 or positive. */
export function compareVersions(a: Version, b: Version): number {
  for (let index = 0; index < a.core.length || index < b.core.length; index++) {
    const order = compareDigits(a.core[index] ?? "0", b.core[index] ?? "0");
    if (order !== 0) return order;
  }
  const { length } = a.prerelease;
  if (length === 0 || b.prerelease.length === 0) return b.prerelease.length - length;
  for (let index = 0; index < length && index < b.prerelease.length; index++) {
    const order = compareIdentifiers(a.prerelease[index]!, b.prerelease[index]!);
    if (order !== 0) return order;
  }
  return length - b.prerelease.length;
}

function compareIdentifiers(a: string, b: string): number {
  const aIsNumber = DIGITS.test(a);
  const bIsNumber = DIGITS.test(b);
  if (aIsNumber && bIsNumber) return compareDigits(withoutLeadingZeros(a), withoutLeadingZeros(b));
  if (aIsNumber !== bIsNumber) return aIsNumber ? -1 : 1;
  return compareText(a, b);
}

function compareDigits(a: string, b: string): number {
  return a.length - b.length || compareText(a, b);
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function withoutLeadingZeros(digits: string): string {
  return digits.replace(LEADING_ZEROS, "");
}
