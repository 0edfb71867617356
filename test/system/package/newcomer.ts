import { deepStrictEqual, match, notStrictEqual, strictEqual } from "node:assert/strict";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import type { Tally } from "../../../scripts/steps.ts";
import { flip } from "../../unit/cli/flip.ts";
import { startCli } from "../cli/start-cli.ts";

type Command = readonly [string, ...string[]];

const TSC = [resolve("node_modules/typescript/bin/tsc"), "--noEmit", "--strict", "--skipLibCheck"] as const;
const [BUN, DENO] = [resolve("node_modules/.bin/bun"), resolve("node_modules/.bin/deno")];

/** How each runtime runs a program, its tests, and the compiler. */
const RUNTIMES: Readonly<Record<string, Readonly<Record<"run" | "test" | "check", Command>>>> = {
  Node: {
    run: [process.execPath],
    test: [process.execPath, "--test"],
    check: [process.execPath, ...TSC, "--module", "nodenext", "--target", "es2022"],
  },
  Bun: {
    run: [BUN],
    test: [BUN, "test"],
    check: [BUN, ...TSC, "--module", "preserve", "--target", "esnext"],
  },
  Deno: {
    run: [DENO, "run", "-A"],
    // To check a test, it looks for Node's types in node_modules.
    test: [DENO, "test", "--no-check"],
    check: [DENO, "check", "--quiet"],
  },
};

/**
 * The first hour of somebody who has installed the package: the README's program against `featureflip dev`, a flip in
 * the page that a running client hears of, the flags' types and a mistake that they find, and a test. On each runtime.
 *
 * @param consumer The folder of a project in which the package is installed.
 */
export async function beNewcomer(consumer: string): Promise<Tally> {
  let passed = 0;
  let failed = 0;
  for (const runtime of Object.keys(RUNTIMES)) {
    const start = performance.now();
    try {
      await spendFirstHour(consumer, runtime);
      passed++;
      console.log(`ok    a newcomer, ${runtime} (${Math.round(performance.now() - start)} ms)`);
    } catch (error) {
      failed++;
      console.log(`FAIL  a newcomer, ${runtime}\n${error instanceof Error ? error.stack : String(error)}`);
    }
  }
  return { passed, failed };
}

async function spendFirstHour(consumer: string, runtime: string): Promise<void> {
  const { run, test, check } = RUNTIMES[runtime]!;
  const featureflip: Command = [...run, join(consumer, "node_modules/.bin/featureflip")];
  const folder = join(consumer, `newcomer-${runtime.toLowerCase()}`);
  await cp("test/system/package/fixture/newcomer", folder, { recursive: true });
  await cp("examples/testing/node.test.js", join(folder, "greet.test.js"));
  const [, program = ""] = /```ts\n([^]*?)```/.exec(await readFile("README.md", "utf8")) ?? [];
  await writeFile(join(folder, "main.mjs"), program);

  const dev = startCli(featureflip, ["dev", "--port", "0"], folder);
  try {
    const [, url = ""] = await dev.printed(/Page +(http:\S+)\//);
    const env = { FEATUREFLIP_SDK_KEY: "sdk-local", FEATUREFLIP_BASE_URL: url };
    const printed = "the new checkout\npro RULE_MATCH paying\nREADY\n";
    deepStrictEqual(await outcomeOf(run, ["main.mjs"], env), [0, printed]);

    const follower = startCli(run, ["follow.mjs"], folder, env);
    await follower.printed(/dark mode: false\n/);
    await flip(url, "dark-mode", true);
    strictEqual(await follower.end(), 0);
    strictEqual(follower.output(), "dark mode: false\nchanged: dark-mode\ndark mode: true\n");
    await flip(url, "new-checkout", false);
    deepStrictEqual(await outcomeOf(run, ["main.mjs"], env), [0, printed.replace("new", "old")]);
  } finally {
    await dev.end("SIGTERM");
  }

  const pulled = "Wrote featureflip.snapshot.json and featureflip.flags.ts: 6 flags from featureflip.json\n";
  deepStrictEqual(await outcomeOf(featureflip, ["pull"]), [0, pulled]);
  const [code, faults] = await outcomeOf(check, ["mistake.ts"]);
  notStrictEqual(code, 0, "the compiler finds the mistake");
  match(faults, /Argument of type '"dark-mod"' is not assignable to parameter of type '"dark-mode" \| /);
  strictEqual(faults.match(/\bTS\d+\b/g)?.length, 1, faults);

  const [verdict, report] = await outcomeOf(test, ["greet.test.js"]);
  strictEqual(verdict, 0, report);
  match(report, /\b2 pass|\bpass 2/);

  /** The exit code of a command that ends by itself, and what it printed. */
  async function outcomeOf(
    command: Command,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<readonly [number | null, string]> {
    const running = startCli(command, args, folder, env);
    return [await running.end(), running.output()];
  }
}
