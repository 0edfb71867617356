/**
 * The part of a release that npm does not know. `npm version` runs it twice: with `--check` before it writes anything,
 * where it fails if something prevents the release; then to write the version to deno.json and src/version.ts, and its
 * date to the changelog.
 */
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { compareVersions, parseVersion } from "../src/evaluation/operators/version.ts";
import { parseChangelog, releaseChangelog } from "./changelog.ts";
import { readEntries } from "./entries.ts";

const version = process.env.npm_new_version ?? "";
const changelog = parseChangelog(await readFile("CHANGELOG.md", "utf8"));
const { repository } = JSON.parse(await readFile("package.json", "utf8"));
// The form that npm compares a provenance with.
const [, address] = /^git\+(https:\/\/[^/]+\/.+)\.git$/.exec(repository?.url ?? "") ?? [];

if (process.argv.includes("--check")) {
  await readEntries();
  const obstacles = await findObstacles();
  for (const obstacle of obstacles) console.error(`Cannot release ${version}: ${obstacle}`);
  if (obstacles.length > 0) process.exitCode = 1;
} else {
  await replace("deno.json", /(?<="version": ")[^"]+/);
  await replace("src/version.ts", /(?<=VERSION = ")[^"]+/);
  const date = new Date().toISOString().slice(0, 10);
  await writeFile("CHANGELOG.md", releaseChangelog(changelog, version, date, address ?? ""));
  await readEntries();
}

async function findObstacles(): Promise<string[]> {
  const obstacles: string[] = [];
  const [last] = changelog.versions;
  if (parseVersion(version) === undefined) obstacles.push("run it as `npm version <version>`");
  else if (last !== undefined && compareVersions(parseVersion(version)!, parseVersion(last)!) <= 0) {
    obstacles.push(`the version must be above ${last}, the last release in CHANGELOG.md`);
  }
  if (!/^- /m.test(changelog.unreleased)) obstacles.push("CHANGELOG.md has nothing under Unreleased");
  if (address === undefined) {
    obstacles.push(
      `'repository' in package.json must be { "type": "git", "url": "git+https://….git" }, which npm's provenance needs`,
    );
  }
  if ((await readFile("README.md", "utf8")).includes("is not released yet")) {
    obstacles.push("README.md says that it is not released yet");
  }
  return obstacles;
}

async function replace(path: string, pattern: RegExp): Promise<void> {
  await writeFile(path, (await readFile(path, "utf8")).replace(pattern, version));
}
