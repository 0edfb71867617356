/**
 * The `featureflip` command: `npx @featureflip/sdk dev`, `bunx @featureflip/sdk dev`,
 * `deno run -A jsr:@featureflip/sdk/cli dev`. Importing this module runs it.
 *
 * @module
 */
import process from "node:process";
import { checkNodeVersion, run } from "./run.ts";

/** A second signal has no listener and ends the process at once. */
function ended(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}

// On Bun and Deno this is the version of Node that they emulate.
const problem = checkNodeVersion(process.versions.node);
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`);
  process.exit(1);
}

process.exitCode = await run(process.argv.slice(2), {
  print: (line) => process.stdout.write(`${line}\n`),
  note: (line) => process.stderr.write(`${line}\n`),
  readInput: async () => {
    let text = "";
    process.stdin.setEncoding("utf8");
    for await (const chunk of process.stdin) text += chunk;
    return text;
  },
  env: (name) => process.env[name],
  ended,
});
