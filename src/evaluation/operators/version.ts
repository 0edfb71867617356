import type { Scalar } from "../evaluation-context.ts";
import { operator } from "./operator.ts";
import type { Operator } from "./operator.ts";

/** One part of a version's core: its digits, without leading zeros, where a number could not hold them exactly. */
type Segment = number | string;

/** A version (contract §3.4). */
interface Version {
  readonly core: readonly Segment[];
  /** Empty for a release. */
  readonly prerelease: readonly string[];
}

const DIGITS = /^\d+$/;
const DOT = 0x2e;
const ZERO = 0x30;

/** Any number of so many digits is exact in a double. */
const EXACT_DIGITS = 15;

const RELEASE: readonly string[] = [];

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

/** Where a value stands beside a version: negative, 0, positive, or `NaN` when one of them is none. */
function order(value: Scalar, bound: Version | undefined): number {
  const version = parseVersion(String(value));
  return version === undefined || bound === undefined ? NaN : compareVersions(version, bound);
}

/** Reads a version (contract §3.4); `undefined` when the text is none. */
export function parseVersion(text: string): Version | undefined {
  let bare = text.trim();
  if (bare.startsWith("v") || bare.startsWith("V")) bare = bare.slice(1);
  const plus = bare.indexOf("+");
  if (plus >= 0) bare = bare.slice(0, plus);
  const dash = bare.indexOf("-");
  const core = parseCore(bare, dash < 0 ? bare.length : dash);
  const prerelease = dash < 0 ? RELEASE : bare.slice(dash + 1).split(".");
  return core === undefined || prerelease.includes("") ? undefined : { core, prerelease };
}

/** Reads the segments before `end`, character by character: splitting and matching take three times as long. */
function parseCore(text: string, end: number): readonly Segment[] | undefined {
  const core: Segment[] = [];
  let start = 0;
  let value = 0;
  for (let index = 0; index <= end; index++) {
    const code = index < end ? text.charCodeAt(index) : DOT;
    if (code === DOT) {
      if (index === start) return undefined;
      core.push(index - start <= EXACT_DIGITS ? value : longSegment(text.slice(start, index)));
      start = index + 1;
      value = 0;
    } else {
      if (code < ZERO || code > ZERO + 9) return undefined;
      value = value * 10 + code - ZERO;
    }
  }
  return core;
}

function longSegment(digits: string): Segment {
  const significant = withoutLeadingZeros(digits);
  return significant.length <= EXACT_DIGITS ? Number(significant) : significant;
}

/** Orders two versions as semver §11 does: negative, 0 or positive. */
export function compareVersions(a: Version, b: Version): number {
  const length = Math.max(a.core.length, b.core.length);
  for (let index = 0; index < length; index++) {
    const order = compareSegments(a.core[index] ?? 0, b.core[index] ?? 0);
    if (order !== 0) return order;
  }
  if (a.prerelease.length === 0 || b.prerelease.length === 0) {
    return b.prerelease.length - a.prerelease.length;
  }
  for (let index = 0; index < Math.min(a.prerelease.length, b.prerelease.length); index++) {
    const order = compareIdentifiers(a.prerelease[index]!, b.prerelease[index]!);
    if (order !== 0) return order;
  }
  return a.prerelease.length - b.prerelease.length;
}

function compareSegments(a: Segment, b: Segment): number {
  if (typeof a === "number") return typeof b === "number" ? a - b : -1;
  return typeof b === "number" ? 1 : compareDigits(a, b);
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
  return digits.replace(/^0+(?=\d)/, "");
}
