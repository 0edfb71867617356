/**
 * The part of a release that npm does not know. `npm version` runs it twice: with `--check` before it writes anything,
 * where it fails if something prevents the release; then to write the version to deno.json and src/version.ts.
 */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { compareVersions, parseVersion } from "../src/evaluation/operators/version.ts";
import { readEntries } from "./entries.ts";

const { npm_old_version: current = "", npm_new_version: version = "" } = process.env;
const read = (path: string): string => readFileSync(path, "utf8");

if (!process.argv.includes("--check")) {
  for (const path of ["deno.json", "src/version.ts"]) {
    writeFileSync(path, read(path).replace(/(?<=("version":|VERSION =) ")[^"]+/, version));
  }
}
await readEntries();
for (const obstacle of findObstacles()) {
  console.error(`Cannot release ${version}: ${obstacle}`);
  process.exitCode = 1;
}

function findObstacles(): string[] {
  const obstacles: string[] = [];
  const [from, to] = [current, version].map(parseVersion);
  if (from === undefined || to === undefined) return ["run it as `npm version <version>`"];
  if (compareVersions(to, from) < 0) obstacles.push(`the version must be above ${current}`);
  const first = /^## \[Unreleased\]\n\n## \[([^\]]+)\] - \d{4}-\d\d-\d\d$/m.exec(read("CHANGELOG.md"));
  if (first?.[1] !== version) {
    obstacles.push(
      `CHANGELOG.md must have nothing under [Unreleased], then a section [${version}] with a date`,
    );
  }
  // The form that npm compares a provenance with.
  if (!/^git\+https:\/\/[^/]+\/.+\.git$/.test(JSON.parse(read("package.json")).repository?.url ?? "")) {
    obstacles.push(`package.json must have a repository { "type": "git", "url": "git+https://….git" }`);
  }
  if (read("README.md").includes("is not released yet")) {
    obstacles.push("README.md says that it is not released yet");
  }
  return obstacles;
}
