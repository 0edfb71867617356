/** Packs the package as npm does, and looks at what is in it; after `npm run build`. The tarball stays in `.tmp/package`. */
import { execFile } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { findPackageProblems } from "./release/find-package-problems.ts";

const FOLDER = ".tmp/package";

await rm(FOLDER, { recursive: true, force: true });
await mkdir(FOLDER, { recursive: true });
const run = promisify(execFile);
const { stdout } = await run(
  "npm",
  ["pack", "--json", "--silent", "--ignore-scripts", "--pack-destination", FOLDER],
);
const [{ filename, entryCount, unpackedSize }] = JSON.parse(stdout);
await run("tar", ["-xzf", join(FOLDER, filename), "-C", FOLDER]);

const problems = await findPackageProblems(join(FOLDER, "package"));
for (const problem of problems) console.log(`FAIL  ${problem}`);
console.log(
  `${join(FOLDER, filename)}: ${entryCount} files, ${(unpackedSize / 1024).toFixed(0)} kB unpacked`,
);
if (problems.length > 0) process.exitCode = 1;
