import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readChangelog, releaseChangelog } from "../../../scripts/release/changelog.ts";

const FIRST = `# Changelog

What users see.

## [Unreleased]

The first release.

### Added

- A client.
`;

const RELEASED = `# Changelog

What users see.

## [Unreleased]

## [0.1.0] - 2026-11-23

The first release.

### Added

- A client.

[Unreleased]: https://forge.example/acorn/sdk/compare/v0.1.0...HEAD
[0.1.0]: https://forge.example/acorn/sdk/releases/tag/v0.1.0
`;

const REPOSITORY = "https://forge.example/acorn/sdk";

describe("readChangelog()", () => {
  it("readChangelog() finds the project's own in order", () => {
    const { head, unreleased, releases } = readChangelog(readFileSync("CHANGELOG.md", "utf8"));
    expect(head).toMatch(/^# Changelog\n/);
    expect(unreleased + releases.map(({ text }) => text).join()).toMatch(/^### Added$/m);
  });

  it("readChangelog() tells releases, the latest first, and what comes next", () => {
    const text = RELEASED.replace("## [0.1.0]", "### Fixed\n\n- A bug.\n\n## [0.1.0]");
    expect(readChangelog(text)).toEqual({
      head: "# Changelog\n\nWhat users see.\n\n",
      unreleased: "### Fixed\n\n- A bug.",
      releases: [{
        version: "0.1.0",
        date: "2026-11-23",
        text: "The first release.\n\n### Added\n\n- A client.",
      }],
    });
  });

  it.each([
    ["", 'must begin with "## [Unreleased]"'],
    ["## [0.1.0] - 2026-11-23\n", 'must begin with "## [Unreleased]"'],
    ["## Unreleased\n", '"## Unreleased" in the changelog is no heading of a section'],
    ["## [Unreleased]\n\n### New\n", '"New" under Unreleased in the changelog is none of Added, Changed,'],
    ["## [Unreleased]\n\n## [0.1.0]\n", '"0.1.0" in the changelog must be a version and have a date'],
    ["## [Unreleased]\n\n## [0.1.0] - 23.11.2026\n", "is no heading of a section"],
    ["## [Unreleased]\n\n## [1.0] - 2026-11-23\n", '"1.0" in the changelog must be a version'],
    [
      "## [Unreleased]\n\n## [0.9.0] - 2026-11-23\n\n## [0.10.0] - 2026-11-22\n",
      "0.9.0 stands above 0.10.0 in the changelog, which is not older",
    ],
  ])("readChangelog() refuses %j", (text, reason) => {
    expect(() => readChangelog(`# Changelog\n\n${text}`)).toThrow(reason);
  });
});

describe("releaseChangelog()", () => {
  it("releaseChangelog() makes a release of what was unreleased, with links", () => {
    const release = { version: "0.1.0", date: "2026-11-23" };
    expect(releaseChangelog(readChangelog(FIRST), release, REPOSITORY)).toBe(RELEASED);
  });

  it("releaseChangelog() compares a release with the one before it, and is read as it was written", () => {
    const changed = RELEASED.replace("## [Unreleased]\n", "## [Unreleased]\n\n### Fixed\n\n- A bug.\n");
    const release = { version: "0.2.0", date: "2027-01-02" };
    const text = releaseChangelog(readChangelog(changed), release, REPOSITORY);
    expect(text.split("\n").slice(-4)).toEqual([
      "[Unreleased]: https://forge.example/acorn/sdk/compare/v0.2.0...HEAD",
      "[0.2.0]: https://forge.example/acorn/sdk/compare/v0.1.0...v0.2.0",
      "[0.1.0]: https://forge.example/acorn/sdk/releases/tag/v0.1.0",
      "",
    ]);
    const { unreleased, releases } = readChangelog(text);
    expect(unreleased).toBe("");
    expect(releases[0]).toEqual({ ...release, text: "### Fixed\n\n- A bug." });
    expect(releases[1]).toEqual(readChangelog(RELEASED).releases[0]);
  });
});
