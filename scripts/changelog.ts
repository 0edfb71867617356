const UNRELEASED = "## [Unreleased]\n";
const LINK = /^\[[^\]]+\]: .*\n?/gm;

/** The headings of Keep a Changelog 1.1.0 for kinds of changes. */
const KINDS = "Added, Changed, Deprecated, Removed, Fixed, Security";

/** A changelog in the form of Keep a Changelog 1.1.0. */
export interface Changelog {
  /** What precedes the first section. */
  readonly head: string;
  /** The text of the section `Unreleased`. */
  readonly unreleased: string;
  /** The released sections with their headings, and without the links at the end. */
  readonly released: string;
  /** The released versions, the latest first. */
  readonly versions: readonly string[];
}

/**
 * Parses a changelog.
 *
 * @throws {Error} When it has no section `Unreleased`, or a heading that Keep a Changelog does not know.
 */
export function parseChangelog(text: string): Changelog {
  const [head = "", body] = text.split(UNRELEASED);
  if (body === undefined) throw new Error("Cannot parse CHANGELOG.md: it has no section [Unreleased]");
  for (const [, kind = ""] of body.matchAll(/^### (.*)$/gm)) {
    if (!KINDS.split(", ").includes(kind)) {
      throw new Error(`Cannot parse CHANGELOG.md: a heading must be one of ${KINDS}, but is ${kind}`);
    }
  }
  const [unreleased = "", ...sections] = body.replaceAll(LINK, "").split(/^(?=## )/m);
  const released = sections.join("").trim();
  const versions = [...released.matchAll(/^## \[([^\]]+)\] - \d{4}-\d\d-\d\d$/gm)].map(([, version = ""]) =>
    version
  );
  return { head, unreleased: unreleased.trim(), released, versions };
}

/**
 * Turns the section `Unreleased` into the one of a version, and links each version to what it changed.
 *
 * @param date As `2026-11-23`.
 * @param repository The project's address on the web.
 */
export function releaseChangelog(
  changelog: Changelog,
  version: string,
  date: string,
  repository: string,
): string {
  const versions = [version, ...changelog.versions];
  const links = versions.map((version, index) => {
    const earlier = versions[index + 1];
    const page = earlier === undefined ? `releases/tag/v${version}` : `compare/v${earlier}...v${version}`;
    return `[${version}]: ${repository}/${page}\n`;
  });
  const sections = [`## [${version}] - ${date}\n\n${changelog.unreleased}`, changelog.released].filter(
    Boolean,
  );
  const unreleased = `[Unreleased]: ${repository}/compare/v${version}...HEAD\n`;
  return `${changelog.head}${UNRELEASED}\n${sections.join("\n\n")}\n\n${unreleased}${links.join("")}`;
}
