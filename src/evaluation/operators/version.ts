import { compareSome } from "./compare-some.ts";
import type { Compare } from "./compare-some.ts";
import type { Scalar } from "../evaluation-context.ts";
import type { Matcher } from "./matcher.ts";
import { trimAscii } from "./trim-ascii.ts";

/** A version (contract §3.4), its numbers as digits without leading zeros: they may be of any length. */
interface Version {
  readonly core: readonly string[];
  /** Empty for a release. */
  readonly prerelease: readonly string[];
}

const DIGITS = /^\d+$/;

/** SemverEquals and its kin (contract §3.3): both sides as versions. */
export function comparesAsVersion(values: readonly string[], compare: Compare): Matcher {
  return compareSome(values, versionOf, compareVersions, compare);
}

function versionOf(value: Scalar): Version | undefined {
  return parseVersion(String(value));
}

/** Reads a version (contract §3.4); `undefined` when the text is none. */
export function parseVersion(text: string): Version | undefined {
  const bare = trimAscii(text).replace(/^[vV]/, "").split("+", 1)[0]!;
  const dash = bare.indexOf("-");
  const core = (dash < 0 ? bare : bare.slice(0, dash)).split(".");
  const prerelease = dash < 0 ? [] : bare.slice(dash + 1).split(".");
  if (!core.every((segment) => DIGITS.test(segment))) return undefined;
  if (prerelease.includes("")) return undefined;
  return { core: core.map(withoutLeadingZeros), prerelease };
}

/** Orders two versions as semver §11 does: negative, 0 or positive. */
export function compareVersions(a: Version, b: Version): number {
  const length = Math.max(a.core.length, b.core.length);
  for (let index = 0; index < length; index++) {
    const order = compareDigits(a.core[index] ?? "0", b.core[index] ?? "0");
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
