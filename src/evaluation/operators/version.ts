import type { Scalar } from "../evaluation-context.ts";
import { operator } from "./operator.ts";
import type { Operator } from "./operator.ts";

/** A version (contract §3.4), kept as text: a version of any length needs no lists of its parts. */
interface Version {
  /** The segments between dots. */
  readonly core: string;
  /** The identifiers between dots; empty for a release. */
  readonly prerelease: string;
}

/** A condition's version, with its segments as numbers, rounded where a double is not exact. */
interface Bound extends Version {
  readonly numbers: readonly number[];
}

const DIGITS = /^\d+$/;

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

function versionsOf(values: readonly string[]): readonly Bound[] {
  return values.map(parseVersion).filter((version) => version !== undefined)
    .map((version) => ({ ...version, numbers: version.core.split(".").map(Number) }));
}

function lowestOf(values: readonly string[]): Bound | undefined {
  return versionsOf(values).toSorted(compareVersions)[0];
}

function highestOf(values: readonly string[]): Bound | undefined {
  return versionsOf(values).toSorted(compareVersions).at(-1);
}

/**
 * Compares a value with a version: negative, 0, positive, or `NaN` when one of them is not a version. A value of digits and
 * dots is compared while it is read, without parsing it (bench: five rules).
 */
function order(value: Scalar, bound: Bound | undefined): number {
  if (bound === undefined) return NaN;
  const text = `${value}`;
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

/** The core and the prerelease of a version, if it is one. */
const VERSION = /^[vV]?([^+-]*)(?:-([^+]*))?/;

/** A part between dots that is empty. */
const EMPTY_PART = /(?:^|\.)(?:\.|$)/;

/**
 * Parses a version (contract §3.4); `undefined` when the text is not one. It searches for what is not allowed: on some
 * megabytes a regular expression that repeats a part overflows the engine's stack.
 */
export function parseVersion(text: string): Version | undefined {
  const [, core = "", prerelease] = VERSION.exec(text.trim())!;
  if (/[^\d.]/.test(core) || EMPTY_PART.test(core)) return undefined;
  if (prerelease === undefined) return { core, prerelease: "" };
  return EMPTY_PART.test(prerelease) ? undefined : { core, prerelease };
}

/** Compares two versions by semver §11: negative, 0 or positive. */
export function compareVersions(a: Version, b: Version): number {
  const order = compareParts(a.core, b.core, compareDigits);
  if (order !== 0) return order;
  // A release is above its prereleases.
  if (a.prerelease === "" || b.prerelease === "") return b.prerelease.length - a.prerelease.length;
  return compareParts(a.prerelease, b.prerelease, compareIdentifiers);
}

/** Compares the parts between dots, one by one; a missing part is the empty text. */
function compareParts(a: string, b: string, compare: (a: string, b: string) => number): number {
  for (let aStart = 0, bStart = 0; aStart < a.length || bStart < b.length;) {
    const aEnd = endOfPart(a, aStart);
    const bEnd = endOfPart(b, bStart);
    const order = compare(a.slice(aStart, aEnd), b.slice(bStart, bEnd));
    if (order !== 0) return order;
    aStart = aEnd + 1;
    bStart = bEnd + 1;
  }
  return 0;
}

function endOfPart(text: string, start: number): number {
  const end = text.indexOf(".", start);
  return end < 0 ? text.length : end;
}

function compareIdentifiers(a: string, b: string): number {
  // Of two prereleases that differ in length only, the longer is above the other.
  if (a === "" || b === "") return a.length - b.length;
  const aIsNumber = DIGITS.test(a);
  if (aIsNumber !== DIGITS.test(b)) return aIsNumber ? -1 : 1;
  return aIsNumber ? compareDigits(a, b) : compareText(a, b);
}

/** Compares two numbers of any length; the empty text is 0. */
function compareDigits(a: string, b: string): number {
  const [aDigits, bDigits] = [withoutLeadingZeros(a), withoutLeadingZeros(b)];
  return aDigits.length - bDigits.length || compareText(aDigits, bDigits);
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function withoutLeadingZeros(digits: string): string {
  return digits.replace(/^0+/, "");
}
