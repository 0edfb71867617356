import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runSteps } from "../steps.ts";
import type { Step } from "../steps.ts";
import { readChangelog, releaseChangelog } from "./changelog.ts";
import { findObstacles, readRepository } from "./find-obstacles.ts";
import { git } from "./git.ts";
import { setVersion, VERSION_FILES } from "./set-version.ts";

const CHANGELOG = "CHANGELOG.md";
const FILES = [CHANGELOG, ...VERSION_FILES];

/** What {@linkcode prepareRelease} is told. */
export interface ReleaseOptions {
  /** A clone of the project, without changes. */
  readonly folder: string;
  /** The version to release, as `1.2.3`. */
  readonly version: string;
  /** The day, as `2026-11-23`. */
  readonly date: string;
  /** What must hold of the files of the release before they are committed. */
  readonly gates: readonly Step[];
  /** Whether everything is put back as it was, rather than committed. */
  readonly isDryRun?: boolean;
}

/**
 * Prepares a release: writes the version and the changelog, runs the gates, commits and tags. Publishing is not its
 * business. Where it fails, the files are as they were.
 *
 * @returns What it changed, as `git diff` shows it.
 * @throws {Error} When something stands in the way, or a gate fails or changes other files.
 */
export async function prepareRelease(
  { folder, version, date, gates, isDryRun = false }: ReleaseOptions,
): Promise<string> {
  const obstacles = await findObstacles(folder, version);
  if (obstacles.length > 0) throw new Error(obstacles.map((obstacle) => `- ${obstacle}`).join("\n"));

  try {
    await setVersion(folder, version);
    await writeChangelog(folder, version, date);
    const { failed } = await runSteps(gates.map((gate) => ({ cwd: folder, ...gate })));
    if (failed > 0) throw new Error("- A gate failed");
    const diff = await git(folder, "diff");
    const strangers = (await git(folder, "status", "--porcelain")).split("\n")
      .filter((line) => !FILES.includes(line.slice(3)));
    if (strangers.length > 0) {
      throw new Error(`- The gates changed the working tree:\n${strangers.join("\n")}`);
    }
    if (!isDryRun) {
      await git(folder, "commit", "--quiet", "--message", `chore(release): ${version}`, "--", ...FILES);
      await git(folder, "tag", "--annotate", "--message", version, `v${version}`);
    }
    return diff;
  } finally {
    // Nothing is left to put back once it is committed.
    await git(folder, "checkout", "--quiet", "HEAD", "--", ...FILES);
  }
}

async function writeChangelog(folder: string, version: string, date: string): Promise<void> {
  const path = join(folder, CHANGELOG);
  const changelog = readChangelog(await readFile(path, "utf8"));
  await writeFile(path, releaseChangelog(changelog, { version, date }, (await readRepository(folder))!));
}
