import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A client.\n";

let folder: string;

// A project at 0.1.0 that was never released. Its hooks run the project's script, and no gates.
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "featureflip-release-"));
  await mkdir(join(folder, "src"));
  for (const path of [".npmrc", "deno.json", "package-lock.json", "package.json", "src/version.ts"]) {
    await cp(path, join(folder, path));
  }
  await edit("package.json", (text) => {
    const manifest = JSON.parse(text);
    for (const hook of ["preversion", "version"]) {
      const command: string = manifest.scripts[hook];
      manifest.scripts[hook] = command.replace("scripts/", `${resolve("scripts")}/`).replace(
        / && npm run ok$/,
        "",
      );
    }
    const repository = { type: "git", url: "git+https://forge.example/acorn/sdk.git" };
    return JSON.stringify({ ...manifest, version: "0.1.0", repository });
  });
  await writeFile(join(folder, "README.md"), "# Acorn\n");
  await writeFile(join(folder, "CHANGELOG.md"), CHANGELOG);
  await run("git", "init", "--quiet");
  await commit();
});

afterEach(() => rm(folder, { recursive: true }));

async function run(file: string, ...args: string[]): Promise<string> {
  const env = {
    ...process.env,
    PATH: `${resolve("node_modules/.bin")}${delimiter}${process.env.PATH}`,
    GIT_CONFIG_COUNT: "4",
    ...Object.fromEntries(
      [["user.name", "Ada"], ["user.email", "ada@acorn.example"], ["commit.gpgSign", "false"], [
        "tag.gpgSign",
        "false",
      ]]
        .flatMap((
          [key, value],
          index,
        ) => [[`GIT_CONFIG_KEY_${index}`, key], [`GIT_CONFIG_VALUE_${index}`, value]]),
    ),
  };
  return (await promisify(execFile)(file, args, { cwd: folder, env })).stdout.trim();
}

async function commit(): Promise<void> {
  await run("git", "add", "--all");
  await run("git", "commit", "--quiet", "--message", "A change");
}

async function edit(path: string, change: (text: string) => string): Promise<void> {
  await writeFile(join(folder, path), change(await readFile(join(folder, path), "utf8")));
}

/** Why npm refuses a version; nothing may have changed. */
async function refusal(version: string): Promise<string> {
  const before = await run("git", "rev-parse", "HEAD");
  const { stderr } = await run("npm", "version", version, "--allow-same-version").catch((error) => error);
  expect(await run("git", "rev-parse", "HEAD")).toBe(before);
  expect(await run("git", "status", "--porcelain")).toBe("");
  return stderr;
}

describe("npm version", () => {
  it("commits and tags the version everywhere, and dates the changelog", async () => {
    await run("npm", "version", "0.1.0", "--allow-same-version");
    const date = new Date().toISOString().slice(0, 10);
    expect(await readFile(join(folder, "CHANGELOG.md"), "utf8")).toBe(`# Changelog

## [Unreleased]

## [0.1.0] - ${date}

### Added

- A client.

[Unreleased]: https://forge.example/acorn/sdk/compare/v0.1.0...HEAD
[0.1.0]: https://forge.example/acorn/sdk/releases/tag/v0.1.0
`);

    await edit(
      "CHANGELOG.md",
      (text) => text.replace("[Unreleased]\n", "[Unreleased]\n\n### Fixed\n\n- A bug.\n"),
    );
    await commit();
    await run("npm", "version", "0.2.0-beta.1");
    expect(await run("git", "status", "--porcelain")).toBe("");
    expect(await run("git", "log", "--format=%s", "--max-count=1")).toBe("chore(release): 0.2.0-beta.1");
    expect(await run("git", "describe", "--exact-match")).toBe("v0.2.0-beta.1");
    for (const path of ["deno.json", "package.json", "package-lock.json", "src/version.ts"]) {
      expect(await readFile(join(folder, path), "utf8")).toContain('"0.2.0-beta.1"');
    }
    const changelog = await readFile(join(folder, "CHANGELOG.md"), "utf8");
    expect(changelog).toContain(
      `## [Unreleased]\n\n## [0.2.0-beta.1] - ${date}\n\n### Fixed\n\n- A bug.\n\n## [0.1.0]`,
    );
    expect(changelog).toMatch(/^\[0.2.0-beta.1\]: .*\/compare\/v0.1.0...v0.2.0-beta.1$/m);

    expect(await refusal("0.2.0")).toMatch(/has nothing under Unreleased/);
    expect(await refusal("0.1.9")).toMatch(/must be above 0.2.0-beta.1/);
  });

  it("refuses a project that is not ready", async () => {
    await edit("README.md", () => "0.1.0 is not released yet.\n");
    await edit("package.json", (text) => text.replace("git+https", "https"));
    await commit();
    expect(await refusal("0.2.0")).toMatch(/'repository' in package.json must be[^]*README.md says/);

    await edit("CHANGELOG.md", (text) => text.replace("### Added", "### New"));
    await commit();
    expect(await refusal("0.2.0")).toMatch(/a heading must be one of Added, .*, but is New/);
  });

  it("refuses a project whose files disagree", async () => {
    await edit("deno.json", (text) => text.replace('"./redis"', '"./rediss"'));
    await commit();
    expect(await refusal("0.2.0")).toMatch(/exports must be .*, as in package.json, but is .*rediss/);
  });
});
