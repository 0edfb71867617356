/** A version (contract §3.4): core segments and prerelease identifiers, unparsed. */
export interface Version {
  readonly core: readonly string[];
  readonly prerelease: readonly string[];
}

const VERSION = /^[vV]?(\d+(?:\.\d+)*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+.*)?$/;
const NONE: readonly string[] = [];

/** The segments that {@link readRelease} has read. */
export const release: number[] = [];

/** Reads a version of digits and dots, the common case, into {@link release}; `false` for any other text. */
export function readRelease(text: string): boolean {
  const { length } = text;
  if (length === 0 || length > 32) return false;
  let segments = 0;
  let number = 0;
  let digits = 0;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) {
      number = number * 10 + code - 48;
      if (++digits > 15) return false;
    } else if (code === 46 && digits > 0) {
      release[segments++] = number;
      number = digits = 0;
    } else return false;
  }
  if (digits === 0) return false;
  release[segments++] = number;
  release.length = segments;
  return true;
}

/** Compares {@link release} with another release. */
export function compareRelease(other: readonly number[]): number {
  const length = Math.max(release.length, other.length);
  for (let at = 0; at < length; at++) {
    const order = (at < release.length ? release[at]! : 0) -
      (at < other.length ? other[at]! : 0);
    if (order !== 0) return order;
  }
  return 0;
}

/** Reads a version; `null` if the text is not a version. */
export function parseVersion(text: string): Version | null {
  const match = VERSION.exec(text.trim());
  if (match === null) return null;
  return {
    core: match[1]!.split("."),
    prerelease: match[2] === undefined ? NONE : match[2].split("."),
  };
}

/** Compares two versions: negative, zero or positive. */
export function compareVersions(left: Version, right: Version): number {
  const length = Math.max(left.core.length, right.core.length);
  for (let at = 0; at < length; at++) {
    const order = compareDigits(left.core[at] ?? "0", right.core[at] ?? "0");
    if (order !== 0) return order;
  }
  return comparePrereleases(left.prerelease, right.prerelease);
}

function comparePrereleases(
  left: readonly string[],
  right: readonly string[],
): number {
  if (left.length === 0 || right.length === 0) {
    return right.length - left.length;
  }
  for (let at = 0; at < left.length && at < right.length; at++) {
    const [a, b] = [left[at]!, right[at]!];
    const [aIsNumber, bIsNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)];
    const order = aIsNumber && bIsNumber
      ? compareDigits(a, b)
      : aIsNumber !== bIsNumber
      ? (aIsNumber ? -1 : 1)
      : a < b
      ? -1
      : Number(a > b);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** Compares digits as text, because long ones would overflow a number. */
function compareDigits(left: string, right: string): number {
  if (left.length < 16 && right.length < 16) {
    return Number(left) - Number(right);
  }
  const [a, b] = [left.replace(/^0+/, ""), right.replace(/^0+/, "")];
  return a.length - b.length || (a < b ? -1 : Number(a > b));
}
