/**
 * Prepares a release: `npm run release -- 1.2.3 [--dry-run]`. Writes version and changelog, runs every gate, packs, commits
 * and tags; what publishes is the workflow that the tag starts.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { prepareRelease } from "./release/prepare-release.ts";
import type { Step } from "./steps.ts";

const GATES: readonly Step[] = [
  { name: "every gate", command: ["npm", "run", "--silent", "ok"], timeout: 3_600_000 },
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { "dry-run": { type: "boolean", default: false } },
});
const [version = "", ...more] = positionals;
const isDryRun = values["dry-run"];

// Who interrupts it interrupts the gate that runs, which then fails: the files are put back.
process.on("SIGINT", () => {});

try {
  if (version === "" || more.length > 0) {
    throw new Error("- Say which version: npm run release -- 1.2.3 [--dry-run]");
  }
  const date = new Date().toISOString().slice(0, 10);
  const diff = await prepareRelease({ folder: ".", version, date, gates: GATES, isDryRun });
  console.log(
    isDryRun ? `${diff}\n\nThis is what ${version} would change; everything is as it was.` : `
${version} is committed and tagged. What publishes it:

  git push origin HEAD v${version}

To take it back before that:

  git tag --delete v${version} && git reset --hard HEAD~1`,
  );
} catch (error) {
  console.error(`Cannot release ${version}:\n${(error as Error).message}`);
  process.exitCode = 1;
}
