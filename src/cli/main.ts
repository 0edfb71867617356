/**
 * The `featureflip` command: `npx @featureflip/sdk dev`, `bunx @featureflip/sdk dev`,
 * `deno run -A jsr:@featureflip/sdk/cli dev`. Importing this module runs it.
 *
 * @module
 */
import process from "node:process";
import { complainOfNode } from "./check-node-version.ts";
import { run } from "./run.ts";

/** Told twice to end, it ends at once, as is the custom: the second signal finds no listener. */
function ended(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}

// Bun and Deno say here which Node they are like.
const complaint = complainOfNode(process.versions.node);
if (complaint !== undefined) {
  process.stderr.write(`${complaint}\n`);
  process.exit(1);
}

process.exitCode = await run(process.argv.slice(2), {
  print: (line) => process.stdout.write(`${line}\n`),
  note: (line) => process.stderr.write(`${line}\n`),
  env: (name) => process.env[name],
  ended,
});
