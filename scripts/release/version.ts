import { compareVersions, parseVersion } from "../../src/evaluation/operators/version.ts";

const NUMBER = "(?:0|[1-9]\\d*)";
const IDENTIFIER = `(?:${NUMBER}|\\d*[A-Za-z-][0-9A-Za-z-]*)`;
const VERSION = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-${IDENTIFIER}(?:\\.${IDENTIFIER})*)?$`,
);

/** Whether a text is a version that can be released: Semantic Versioning 2.0.0, without build metadata, which npm drops. */
export function isVersion(text: string): boolean {
  return VERSION.test(text);
}

/** Whether one version comes after another (semver §11). */
export function isAbove(version: string, other: string): boolean {
  return compareVersions(parseVersion(version)!, parseVersion(other)!) > 0;
}
