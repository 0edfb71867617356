import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readEntries } from "../entries.ts";
import { readChangelog } from "./changelog.ts";
import { git } from "./git.ts";
import { isAbove, isVersion } from "./version.ts";

/** How package.json names the repository: the form that npm keeps, and compares a provenance with. */
const REPOSITORY = /^git\+(https:\/\/[^/]+\/.+)\.git$/;

/** Where the project is on the web, as package.json says; undefined when it does not. */
export async function readRepository(folder: string): Promise<string | undefined> {
  const { repository } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  return REPOSITORY.exec(repository?.url ?? "")?.[1];
}

/** Finds all that stands in the way of a release, before anything is touched. */
export async function findObstacles(folder: string, version: string): Promise<string[]> {
  const found = await Promise.all([
    checkTree(folder),
    checkVersion(folder, version),
    checkRepository(folder),
    checkReadme(folder),
    readEntries(folder).then(() => [], (error: Error) => [error.message]),
  ]);
  return found.flat();
}

async function checkTree(folder: string): Promise<string[]> {
  const changed = await git(folder, "status", "--porcelain");
  return changed === "" ? [] : [`The working tree is not clean:\n${changed}`];
}

async function checkVersion(folder: string, version: string): Promise<string[]> {
  if (!isVersion(version)) return [`"${version}" is no version like 1.2.3 or 1.2.3-beta.1`];

  let changelog;
  try {
    changelog = readChangelog(await readFile(join(folder, "CHANGELOG.md"), "utf8"));
  } catch (error) {
    return [(error as Error).message];
  }
  const obstacles: string[] = [];
  const last = changelog.releases[0]?.version;
  if (last !== undefined && !isAbove(version, last)) {
    obstacles.push(`${version} does not come after ${last}, the last release in CHANGELOG.md`);
  }
  const current = JSON.parse(await readFile(join(folder, "package.json"), "utf8")).version;
  if (isAbove(current, version)) obstacles.push(`package.json is at ${current} already`);
  if (!/^- /m.test(changelog.unreleased)) obstacles.push("CHANGELOG.md has nothing under Unreleased");
  if (await git(folder, "tag", "--list", `v${version}`) !== "") {
    obstacles.push(`There is a tag v${version} already`);
  }
  return obstacles;
}

async function checkRepository(folder: string): Promise<string[]> {
  if (await readRepository(folder) !== undefined) return [];
  return [
    `package.json does not say where the project is: npm's provenance needs ` +
    `"repository": { "type": "git", "url": "git+https://….git" }, see "Releasing" in CONTRIBUTING.md`,
  ];
}

async function checkReadme(folder: string): Promise<string[]> {
  const readme = await readFile(join(folder, "README.md"), "utf8");
  const line = readme.split("\n").find((line) => line.includes("is not released yet"));
  return line === undefined ? [] : [`README.md says: ${line}`];
}
