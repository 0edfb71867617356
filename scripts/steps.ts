import { execFile } from "node:child_process";
import { delimiter, resolve } from "node:path";
import process from "node:process";

/** One command of a gate or a test run. */
export interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Added to this process's own variables; `undefined` removes one. */
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
  const { ok, output } = await run(step);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const tally = tallyOf(output, ok);
  const counts = tally.passed + tally.failed === 1 ? "" : `  ${tally.passed} passed, ${tally.failed} failed`;
  console.log(
    `${tally.failed === 0 ? "ok  " : "FAIL"}  ${step.name.padEnd(32)} ${seconds.padStart(6)} s${counts}`,
  );
  if (tally.failed > 0) console.log(output.trimEnd().replaceAll(/^/gm, "      "));
  return tally;
}

/** A command that counts says so in its last line that reads `N passed, N failed`; any other is one check. */
function tallyOf(output: string, ok: boolean): Tally {
  const last = [...output.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1);
  const [passed, failed] = last === undefined ? [ok ? 1 : 0, 0] : [Number(last[1]), Number(last[2])];
  return { passed, failed: ok ? failed : Math.max(failed, 1) };
}

function run(
  { command: [file, ...args], cwd, env, timeout = 300_000 }: Step,
): Promise<{ ok: boolean; output: string }> {
  const PATH = `${resolve("node_modules/.bin")}${delimiter}${process.env.PATH ?? ""}`;
  const options = { cwd, env: { ...process.env, NO_COLOR: "1", PATH, ...env }, timeout, maxBuffer: Infinity };
  return new Promise((settle) => {
    const child = execFile(file, args, { ...options, killSignal: "SIGKILL" }, (error, stdout, stderr) => {
      const killed = error === null || typeof error.code === "number"
        ? ""
        : `\n${error.message} (time-out: ${timeout} ms)`;
      settle({ ok: error === null, output: `${stderr}${stdout}${killed}` });
    });
    child.stdin?.end();
  });
}
