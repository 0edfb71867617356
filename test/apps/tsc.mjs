/**
 * `node tsc.mjs [--compiler PACKAGE] [OPTIONS]` in a project: compiles with its TypeScript, and fails for what it finds in the project or in
 * this package. Declarations of other packages have mistakes of their own, which older compilers do not forgive.
 */
import { spawnSync } from "node:child_process";
import process from "node:process";

const [, , ...options] = process.argv;
const compiler = options[0] === "--compiler" ? options.splice(0, 2)[1] : "typescript";
const args = [`node_modules/${compiler}/bin/tsc`, "--pretty", "false", ...options];
const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
const problems = (stdout + stderr).trim().split(/\n(?! )/).filter((text) => {
  return text !== "" && !/^(?:\.\.\/)*node_modules\/(?!@featureflip\/)/.test(text);
});
for (const problem of problems) console.log(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
