import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { git } from "../../../scripts/release/git.ts";
import { prepareRelease } from "../../../scripts/release/prepare-release.ts";
import type { ReleaseOptions } from "../../../scripts/release/prepare-release.ts";
import { setVersion } from "../../../scripts/release/set-version.ts";

const CHANGELOG = `# Changelog

## [Unreleased]

### Added

- A client.
`;

const README = "# Acorn\n";

/** So that git commits here as it would on any machine. */
const SETTINGS = [
  "user.name=Ada",
  "user.email=ada@acorn.example",
  "commit.gpgSign=false",
  "tag.gpgSign=false",
].flatMap((setting) => ["-c", setting]);

/** A project with this project's files, at 0.1.0, which was never released. */
let origin: string;

/** A clone of it. */
let folder: string;

beforeAll(async () => {
  origin = await mkdtemp(join(tmpdir(), "featureflip-origin-"));
  for (const path of ["deno.json", "package-lock.json", "package.json", "src/version.ts"]) {
    await cp(path, join(origin, path));
  }
  await setVersion(origin, "0.1.0");
  const repository = JSON.stringify({ type: "git", url: "git+https://forge.example/acorn/sdk.git" });
  await edit(origin, "package.json", (text) => text.replace("{", `{ "repository": ${repository},`));
  await writeFile(join(origin, "CHANGELOG.md"), CHANGELOG);
  await writeFile(join(origin, "README.md"), README);
  await git(origin, "init", "--quiet");
  await commit(origin);
});

afterAll(async () => {
  await rm(origin, { recursive: true });
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "featureflip-release-"));
  await git(folder, "clone", "--quiet", ...SETTINGS, origin, ".");
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function commit(at: string): Promise<void> {
  await git(at, "add", "--all");
  await git(at, ...SETTINGS, "commit", "--quiet", "--message", "A change");
}

async function edit(at: string, path: string, change: (text: string) => string): Promise<void> {
  const file = join(at, path);
  await writeFile(file, change(await readFile(file, "utf8")));
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(join(folder, path), "utf8")) as T;
}

function prepare(version: string, options: Partial<ReleaseOptions> = {}): Promise<string> {
  return prepareRelease({ folder, version, date: "2027-01-02", gates: [], ...options });
}

/** Everything that a release may change. */
async function state(): Promise<string[]> {
  const told = [["rev-parse", "HEAD"], ["status", "--porcelain"], ["diff"], ["tag"]];
  return await Promise.all(told.map((args) => git(folder, ...args)));
}

/** Why a release is not prepared; all is then as it was. */
async function refusal(version: string, options: Partial<ReleaseOptions> = {}): Promise<string> {
  const before = await state();
  const error: unknown = await prepare(version, options).then(() => undefined, (error) => error);
  expect(await state()).toEqual(before);
  return (error as Error).message;
}

describe("prepareRelease()", () => {
  it("prepareRelease() commits and tags the version that the project is at, if it never was released", async () => {
    await prepare("0.1.0");
    expect(await git(folder, "status", "--porcelain")).toBe("");
    expect(await git(folder, "log", "--format=%s", "--max-count=1")).toBe("chore(release): 0.1.0");
    expect(await git(folder, "describe", "--exact-match")).toBe("v0.1.0");
    expect(await git(folder, "cat-file", "-t", "v0.1.0")).toBe("tag");
    expect(await git(folder, "diff", "--name-only", "HEAD~1")).toBe("CHANGELOG.md");
    expect(await readFile(join(folder, "CHANGELOG.md"), "utf8")).toBe(`# Changelog

## [Unreleased]

## [0.1.0] - 2027-01-02

### Added

- A client.

[Unreleased]: https://forge.example/acorn/sdk/compare/v0.1.0...HEAD
[0.1.0]: https://forge.example/acorn/sdk/releases/tag/v0.1.0
`);
  });

  it("prepareRelease() writes a new version wherever one stands, and nothing else", async () => {
    await prepare("0.2.0-beta.1");
    const lock = await readJson<{ version: string; packages: Record<string, { version: string }> }>(
      "package-lock.json",
    );
    expect([lock.version, lock.packages[""]?.version]).toEqual(["0.2.0-beta.1", "0.2.0-beta.1"]);
    for (const path of ["package.json", "deno.json"]) {
      expect((await readJson<{ version: string }>(path)).version).toBe("0.2.0-beta.1");
    }
    expect(await readFile(join(folder, "src/version.ts"), "utf8")).toContain('VERSION = "0.2.0-beta.1"');
    const changed = await git(folder, "diff", "--numstat", "HEAD~1", "--", ".", ":!CHANGELOG.md");
    expect(changed.split("\n")).toEqual([
      "1\t1\tdeno.json",
      "2\t2\tpackage-lock.json",
      "1\t1\tpackage.json",
      "1\t1\tsrc/version.ts",
    ]);
  });

  it("prepareRelease() runs the gates on the files of the release, in its folder", async () => {
    const gate = {
      name: "the version is there",
      command: ["git", "grep", "-q", "0.2.0", "package.json"],
    } as const;
    await prepare("0.2.0", { gates: [gate] });
    expect(await git(folder, "tag")).toBe("v0.2.0");
  });

  it("prepareRelease() puts everything back when a gate fails, or leaves something behind", async () => {
    const failing = { name: "fails", command: ["git", "grep", "-q", "no such text"] } as const;
    expect(await refusal("0.2.0", { gates: [failing] })).toBe("- A gate failed");
    const meddling = { name: "meddles", command: ["git", "rm", "--quiet", "--cached", "README.md"] } as const;
    const error: unknown = await prepare("0.2.0", { gates: [meddling] }).catch(String);
    expect(error).toMatch(/The gates changed the working tree:\nD {2}README.md\n\?\? README.md/);
    expect(await git(folder, "tag")).toBe("");
  });

  it("prepareRelease() shows in a dry run what it would change, and changes nothing", async () => {
    const before = await state();
    const diff = await prepare("0.2.0", { isDryRun: true });
    expect(diff).toMatch(/^-export const VERSION = "0.1.0";\n\+export const VERSION = "0.2.0";$/m);
    expect(diff).toMatch(/^\+## \[0.2.0\] - 2027-01-02$/m);
    expect(await state()).toEqual(before);
  });

  it("prepareRelease() refuses a tree with changes", async () => {
    await writeFile(join(folder, "notes.txt"), "");
    expect(await refusal("0.2.0")).toBe("- The working tree is not clean:\n?? notes.txt");
  });

  it("prepareRelease() refuses what is no version, or does not come after the last one", async () => {
    expect(await refusal("v0.2.0")).toBe('- "v0.2.0" is no version like 1.2.3 or 1.2.3-beta.1');
    expect(await refusal("0.0.9")).toBe("- package.json is at 0.1.0 already");
    await prepare("0.2.0");
    await edit(
      folder,
      "CHANGELOG.md",
      (text) => text.replace("## [0.2.0]", "### Fixed\n\n- A bug.\n\n## [0.2.0]"),
    );
    await commit(folder);
    expect(await refusal("0.2.0-rc.1")).toMatch(/^- 0.2.0-rc.1 does not come after 0.2.0, the last release/);
    const again = prepare("0.2.0").catch(String);
    expect(await again).toMatch(/0.2.0 does not come after 0.2.0[^]+There is a tag v0.2.0 already/);
    await prepare("0.2.1");
    expect(await git(folder, "describe", "--exact-match")).toBe("v0.2.1");
  });

  it("prepareRelease() refuses to release nothing", async () => {
    await prepare("0.1.0");
    expect(await refusal("0.2.0")).toBe("- CHANGELOG.md has nothing under Unreleased");
  });

  it("prepareRelease() refuses a package that does not say where it comes from, in the form that npm keeps", async () => {
    const refused =
      /^- package.json does not say where the project is: .* see "Releasing" in CONTRIBUTING.md$/;
    await edit(folder, "package.json", (text) => text.replace("git+https", "https"));
    await commit(folder);
    expect(await refusal("0.2.0")).toMatch(refused);
    await edit(folder, "package.json", (text) => text.replace(/"repository": \{[^}]*\},/, ""));
    await commit(folder);
    expect(await refusal("0.2.0")).toMatch(refused);
  });

  it("prepareRelease() refuses files that state different versions", async () => {
    await edit(folder, "src/version.ts", (text) => text.replace("0.1.0", "0.1.1"));
    await commit(folder);
    expect(await refusal("0.2.0")).toBe(
      '- Cannot publish: the version differs: "0.1.1" in src/version.ts, "0.1.0" in package.json',
    );
  });

  it("prepareRelease() refuses a README that takes the package for unreleased, and all else at once", async () => {
    await edit(folder, "README.md", () => "0.1.0 is not released yet. Clone it.\n");
    await edit(folder, "deno.json", (text) => text.replace('"./redis"', '"./rediss"'));
    await edit(folder, "CHANGELOG.md", (text) => text.replace("### Added", "### New"));
    await commit(folder);
    const reasons = (await refusal("0.2.0")).split(/^- /m).slice(1);
    expect(reasons).toEqual([
      expect.stringContaining('"New" under Unreleased in the changelog is none of Added,'),
      "README.md says: 0.1.0 is not released yet. Clone it.\n",
      expect.stringMatching(/^Cannot publish: the entries differs: .*rediss.* in deno.json/),
    ]);
  });
});
