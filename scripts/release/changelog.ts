import { isAbove, isVersion } from "./version.ts";

/** What Keep a Changelog 1.1.0 calls the kinds of changes. */
const KINDS: ReadonlySet<string> = new Set([
  "Added",
  "Changed",
  "Deprecated",
  "Removed",
  "Fixed",
  "Security",
]);

const HEADING = /^## \[(?<name>[^\]]+)\](?: - (?<date>\d{4}-\d{2}-\d{2}))?$/;
const LINK = /^\[[^\]]+\]: /;
const UNRELEASED = "Unreleased";

/** A changelog after Keep a Changelog. */
export interface Changelog {
  /** What comes before the first section. */
  readonly head: string;
  /** What is not released yet, without its heading; empty when there is nothing. */
  readonly unreleased: string;
  /** The releases, the latest first. */
  readonly releases: readonly Release[];
}

/** A release in a changelog. */
export interface Release {
  readonly version: string;
  /** As `2026-11-23`. */
  readonly date: string;
  /** The section, without its heading. */
  readonly text: string;
}

/**
 * Reads a changelog.
 *
 * @throws {Error} When it is not of the form that Keep a Changelog describes, and where.
 */
export function readChangelog(text: string): Changelog {
  const [head = "", ...sections] = text.split(/^(?=## )/m);
  const read = sections.map(readSection);
  const [unreleased, ...dated] = read;
  if (unreleased?.name !== UNRELEASED || unreleased.date !== undefined) {
    throw new Error(`The changelog must begin with "## [${UNRELEASED}]"`);
  }
  const releases = dated.map(({ name, date, text }, index) => {
    const earlier = dated[index + 1];
    if (!isVersion(name) || date === undefined) {
      throw new Error(`"${name}" in the changelog must be a version and have a date`);
    }
    if (earlier !== undefined && isVersion(earlier.name) && !isAbove(name, earlier.name)) {
      throw new Error(`${name} stands above ${earlier.name} in the changelog, which is not older`);
    }
    return { version: name, date, text };
  });
  return { head, unreleased: unreleased.text, releases };
}

/**
 * Writes a changelog in which all that was unreleased is a release, with links behind it.
 *
 * @param repository Where the project is on the web: what a version is compared with is shown there.
 */
export function releaseChangelog(
  { head, unreleased, releases }: Changelog,
  { version, date }: Omit<Release, "text">,
  repository: string,
): string {
  const all = [{ version, date, text: unreleased }, ...releases];
  const sections = all.map(({ version, date, text }) => `## [${version}] - ${date}\n\n${text}\n`);
  const links = all.map(({ version }, index) => {
    const earlier = all[index + 1]?.version;
    const page = earlier === undefined ? `releases/tag/v${version}` : `compare/v${earlier}...v${version}`;
    return `[${version}]: ${repository}/${page}`;
  });
  const newest = `[${UNRELEASED}]: ${repository}/compare/v${version}...HEAD`;
  return `${head}## [${UNRELEASED}]\n\n${sections.join("\n")}\n${[newest, ...links].join("\n")}\n`;
}

function readSection(section: string): { name: string; date: string | undefined; text: string } {
  const [heading = "", ...lines] = section.split("\n");
  const { name = "", date } = HEADING.exec(heading)?.groups ?? {};
  if (name === "") throw new Error(`"${heading}" in the changelog is no heading of a section`);
  for (const line of lines) {
    const kind = /^###\s+(.*)$/.exec(line)?.[1];
    if (kind !== undefined && !KINDS.has(kind)) {
      throw new Error(`"${kind}" under ${name} in the changelog is none of ${[...KINDS].join(", ")}`);
    }
  }
  return { name, date, text: lines.filter((line) => !LINK.test(line)).join("\n").trim() };
}
