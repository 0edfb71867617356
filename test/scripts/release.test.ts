import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const ENV = {
  ...process.env,
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "a@a.example",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "a@a.example",
  PATH: `${resolve("node_modules/.bin")}${delimiter}${process.env.PATH}`,
};

it("npm version refuses a project that is not ready, then commits and tags the version everywhere", async () => {
  const folder = await mkdtemp(join(tmpdir(), "featureflip-release-"));
  const run = async (file: string, ...args: string[]): Promise<string> => {
    return (await promisify(execFile)(file, args, { cwd: folder, env: ENV })).stdout.trim();
  };
  const edit = async (path: string, change: (text: string) => string): Promise<void> => {
    await writeFile(join(folder, path), change(await readFile(join(folder, path), "utf8")));
  };
  const commit = async (): Promise<void> => {
    await run("git", "add", "--all");
    await run("git", "commit", "--quiet", "--message", "A change");
  };
  const refusal = async (version: string): Promise<string> => {
    const { stderr } = await run("npm", "version", version).catch((error) => error);
    expect(await run("git", "status", "--porcelain")).toBe("");
    return stderr;
  };

  // The project at 0.1.0, whose hooks run the project's script, and no gates.
  await mkdir(join(folder, "src"));
  for (const path of [".npmrc", "deno.json", "package-lock.json", "package.json", "src/version.ts"]) {
    await cp(path, join(folder, path));
  }
  const scripts = `${resolve("scripts")}/`;
  await edit("package.json", (text) => text.replaceAll("scripts/", scripts).replace(" && npm run ok", ""));
  for (const path of ["deno.json", "package.json", "src/version.ts"]) {
    await edit(path, (text) => text.replace(/(?<=("version": |VERSION = )")[^"]+/, "0.1.0"));
  }
  await writeFile(join(folder, "README.md"), "0.1.0 is not released yet.\n");
  await writeFile(join(folder, "CHANGELOG.md"), "## [Unreleased]\n\n### Added\n\n- A client.\n");
  await run("git", "init", "--quiet");
  await commit();
  const obstacles = /a section \[0.2.0\] with a date[^]*have a repository[^]*README.md says/;
  expect(await refusal("0.2.0")).toMatch(obstacles);
  expect(await refusal("0.0.9")).toMatch(/must be above 0.1.0/);

  await edit("README.md", () => "# Acorn\n");
  await edit("CHANGELOG.md", (text) => text.replace("\n###", "\n## [0.2.0] - 2027-01-02\n\n###"));
  const repository = `"repository": { "type": "git", "url": "git+https://forge.example/acorn/sdk.git" }`;
  await edit("package.json", (text) => text.replace("{", `{ ${repository},`));
  await edit("deno.json", (text) => text.replace('"./redis"', '"./rediss"'));
  await commit();
  expect(await refusal("0.2.0")).toMatch(/exports must be .*, as in package.json, but is .*rediss/);

  await edit("deno.json", (text) => text.replace('"./rediss"', '"./redis"'));
  await commit();
  await run("npm", "version", "0.2.0");
  expect(await run("git", "log", "--format=%s", "--max-count=1")).toBe("chore(release): 0.2.0");
  expect(await run("git", "describe", "--exact-match", "--dirty")).toBe("v0.2.0");
  for (const path of ["deno.json", "package.json", "package-lock.json", "src/version.ts"]) {
    expect(await readFile(join(folder, path), "utf8")).toContain('"0.2.0"');
  }
  await rm(folder, { recursive: true });
});
