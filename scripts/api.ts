/**
 * Compares the public API, as the built declarations have it, with the files in `test/api`, so that no change of it goes
 * unseen. With `--write` it renews them. After `npm run build`.
 */
import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import process from "node:process";
import ts from "typescript";

const KNOWN = "test/api";
const folder = process.argv.includes("--write") ? KNOWN : ".tmp/api";

const printer = ts.createPrinter({ removeComments: true });
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
for (const file of (await readdir("dist")).filter((file) => file.endsWith(".d.ts"))) {
  const ast = ts.createSourceFile(file, await readFile(`dist/${file}`, "utf8"), ts.ScriptTarget.Latest);
  const text = printer.printFile(ast).replace(/^\/\/\/.*\n/, "");
  await writeFile(`${folder}/${file.replace(/\.d\.ts$/, ".txt")}`, text);
}

const diff = ["--no-pager", "diff", "--no-index", KNOWN, folder];
if (folder !== KNOWN && spawnSync("git", diff, { stdio: "inherit" }).status !== 0) {
  console.log("The public API has changed. If intended: npm run api -- --write, and a line in CHANGELOG.md");
  process.exitCode = 1;
}
