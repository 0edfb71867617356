import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { RUNTIMES, startCli } from "../cli/start-cli.ts";
import { makeFolder, removeFolder } from "../cli/temporary-folder.ts";
import type { Page } from "./page.ts";
import { featureflipArguments, parseShell } from "./shell.ts";

/**
 * Runs the `featureflip` commands of a page one after the other, in a folder with the examples' flags, and compares what
 * they print with the `text` block that follows.
 *
 * @returns How many were right, and what was wrong with the next.
 */
export async function runCommands(
  { fences }: Page,
): Promise<{ readonly count: number; readonly problem?: string }> {
  const folder = await makeFolder();
  let count = 0;
  try {
    await copyFile("examples/environment.json", join(folder, "featureflip.json"));
    for (const [index, { name, language, code }] of fences.entries()) {
      if (language !== "sh") continue;
      let output = "";
      for (const args of parseShell(code).map(featureflipArguments)) {
        if (args === undefined || isElsewhere(args)) continue;
        output += await runOne(name, args, folder);
        count++;
      }
      const expected = fences[index + 1];
      if (expected?.language === "text") expectOutput(expected.name, expected.code, output);
    }
    return { count };
  } catch (error) {
    return { count, problem: (error as Error).message };
  } finally {
    await removeFolder(folder);
  }
}

/** What asks a service of its own is not run: there is none. */
function isElsewhere([name, ...args]: readonly string[]): boolean {
  return name !== "dev" && args.some((arg) => /^--(key|url)\b/.test(arg));
}

async function runOne(name: string, args: readonly string[], folder: string): Promise<string> {
  const isServer = args[0] === "dev" && !args.includes("--help");
  // Any port but the one on the page, which may be taken; the last one given counts.
  const command = startCli(RUNTIMES.Node!, isServer ? [...args, "--port", "0"] : args, folder);
  if (isServer) await command.printed(/FeatureflipClient\.create\(\);\n/);
  const code = await command.end(isServer ? "SIGTERM" : undefined);
  if (code !== 0) {
    throw new Error(`${name}: \`featureflip ${args.join(" ")}\` ended with ${code}:\n${command.output()}`);
  }
  return command.output();
}

/** `…` stands for what varies, as a port does. */
function expectOutput(name: string, expected: string, output: string): void {
  const plain = (text: string): string => text.replaceAll(/:\d{4,5}\b/g, ":PORT").trim();
  const pattern = plain(expected).split("…").map((part) => part.replaceAll(/[^\w\s]/g, "\\$&")).join("[^]*");
  if (!new RegExp(`^${pattern}$`).test(plain(output))) {
    throw new Error(`${name}: the page shows\n${expected}but it prints\n${output}`);
  }
}
