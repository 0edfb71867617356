import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { resolve } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

/** How the command runs on each runtime: built on Node, from its sources on Bun and Deno. */
export const RUNTIMES: Readonly<Record<string, readonly [string, ...string[]]>> = {
  Node: [process.execPath, resolve("dist/cli.js")],
  Bun: [resolve("node_modules/.bin/bun"), resolve("src/cli/main.ts")],
  Deno: [
    resolve("node_modules/.bin/deno"),
    "run",
    "-A",
    "--config",
    resolve("deno.json"),
    resolve("src/cli/main.ts"),
  ],
};

/** How long something may take that a command does at once, in ms: runtimes start slowly on a busy machine. */
const PATIENCE = 60_000;

/** A command under way. */
export interface RunningCli {
  /** What it has printed so far, on both outputs. */
  readonly output: () => string;
  /** Waits until it has printed this, and gives the match. */
  readonly printed: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** Ends it with a signal, or waits for it to end; gives its exit code. */
  readonly end: (signal?: "SIGINT" | "SIGTERM") => Promise<number | null>;
}

/** Starts `featureflip`, or another command, with these arguments in a folder. */
export function startCli(
  [file, ...first]: readonly [string, ...string[]],
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>> = {},
): RunningCli {
  const child: ChildProcess = spawn(file, [...first, ...args], {
    cwd,
    env: {
      ...process.env,
      FEATUREFLIP_SDK_KEY: undefined,
      FEATUREFLIP_BASE_URL: undefined,
      NO_COLOR: "1",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => output += chunk);
  }
  const closed = new Promise<number | null>((settle) => child.once("close", settle));

  return {
    output: () => output,
    async printed(pattern) {
      for (const end = Date.now() + PATIENCE;;) {
        const found = pattern.exec(output);
        if (found !== null) return found;
        if (Date.now() > end || child.exitCode !== null) {
          child.kill("SIGKILL");
          throw new Error(`It did not print ${pattern} but:\n${output}`);
        }
        await sleep(10);
      }
    },
    async end(signal) {
      if (signal !== undefined) child.kill(signal);
      const code = await Promise.race([closed, sleep(PATIENCE, undefined, { ref: false })]);
      if (code !== undefined) return code;
      child.kill("SIGKILL");
      throw new Error(`It did not end; it printed:\n${output}`);
    },
  };
}
