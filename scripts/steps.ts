import { spawn } from "node:child_process";
import { delimiter, resolve } from "node:path";
import process from "node:process";

/** One command of a gate or a test run. */
export interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Over this process's own; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The folder to run it in; the project's by default. */
  readonly cwd?: string;
  /** Milliseconds after which the command counts as hung; 5 minutes by default. */
  readonly timeout?: number;
}

/** How many checks held and how many did not. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** Runs the steps one after the other, prints a line for each, and the whole output of one that failed. */
export async function runSteps(steps: readonly Step[]): Promise<Tally> {
  let tally: Tally = { passed: 0, failed: 0 };
  for (const step of steps) tally = add(tally, await runStep(step));
  return tally;
}

/** Adds two tallies. */
export function add(a: Tally, b: Tally): Tally {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed };
}

/** Prints the aggregated last line and sets the exit code: a run that checked nothing is a failure too. */
export function finish({ passed, failed }: Tally): void {
  console.log(`${passed} passed, ${failed} failed`);
  if (failed > 0 || passed === 0) process.exitCode = 1;
}

async function runStep(step: Step): Promise<Tally> {
  const start = performance.now();
  const { code, output } = await run(step);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const tally = tallyOf(output, code);
  const counts = tally.passed + tally.failed === 1 ? "" : `  ${tally.passed} passed, ${tally.failed} failed`;
  console.log(
    `${tally.failed === 0 ? "ok  " : "FAIL"}  ${step.name.padEnd(32)} ${seconds.padStart(6)} s${counts}`,
  );
  if (tally.failed > 0) console.log(output.trimEnd().replaceAll(/^/gm, "      "));
  return tally;
}

/** A command that counts says so in its last line that reads `N passed, N failed`; any other is one check. */
function tallyOf(output: string, code: number | null): Tally {
  const last = [...output.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1);
  const passed = Number(last?.[1] ?? (code === 0 ? 1 : 0));
  const failed = Number(last?.[2] ?? 0);
  return { passed, failed: code === 0 ? failed : Math.max(failed, 1) };
}

function run(
  { command: [file, ...args], cwd, env, timeout = 300_000 }: Step,
): Promise<{ code: number | null; output: string }> {
  return new Promise((settle) => {
    let output = "";
    const child = spawn(file, args, {
      cwd,
      env: {
        ...process.env,
        NO_COLOR: "1",
        PATH: `${resolve("node_modules/.bin")}${delimiter}${process.env.PATH ?? ""}`,
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
      timeout,
      killSignal: "SIGKILL",
    });
    const collect = (chunk: string): void => {
      output += chunk;
    };
    child.stdout.setEncoding("utf8").on("data", collect);
    child.stderr.setEncoding("utf8").on("data", collect);
    child.on("error", (error) => settle({ code: 1, output: String(error) }));
    child.on("close", (code, signal) => {
      if (signal !== null) output += `\n${file} was ended by ${signal} (time-out: ${timeout} ms)`;
      settle({ code, output });
    });
  });
}
