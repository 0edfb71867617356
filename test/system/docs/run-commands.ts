import { access, copyFile, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { SAMPLE_ENVIRONMENT } from "../../../src/cli/dev/sample-environment.ts";
import { makeFolder, removeFolder } from "../../unit/cli/temporary-folder.ts";
import { RUNTIMES, startCli } from "../cli/start-cli.ts";
import type { RunningCli } from "../cli/start-cli.ts";
import type { Page } from "./page.ts";
import { featureflipArguments, parseShell } from "./shell.ts";

/** Where the programs of the guides stand that a reader writes, for each runtime. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  node: ["examples/getting-started", "examples/node"],
  bun: ["examples/getting-started", "examples/bun"],
  deno: ["examples/getting-started", "examples/deno"],
};

/** What `featureflip dev` listens on unless an option names another port, or the port is taken. */
const DEV_PORT = "3547";

/** What a reader does in a terminal: one folder, one environment, one `featureflip dev` at a time. */
class Tour implements AsyncDisposable {
  readonly #folder: string;
  readonly #env: Record<string, string> = {};
  #dev: RunningCli | undefined;
  #port = DEV_PORT;
  count = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Does what a command says, as far as it is one of ours; what it printed, if it is. */
  async run(command: readonly string[]): Promise<string> {
    const [name = "", ...rest] = command;
    if (name === "mkdir") await rm(join(this.#folder, "featureflip.json"), { force: true });
    if (name === "export") {
      Object.assign(
        this.#env,
        Object.fromEntries(rest.map((word) => this.#here(word).split(/=(.*)/))),
      );
    }
    const args = featureflipArguments(command);
    if (args?.[0] === "dev" && !args.includes("--help")) return await this.#startDev(args);
    // What asks a service of its own is not run: there is none.
    if (args?.some((arg) => /^--(key|url)\b/.test(arg))) return "";
    if (args !== undefined) return await this.#runToEnd(RUNTIMES.Node!, args);
    return Object.hasOwn(PROGRAMS, name) && this.#dev !== undefined ? await this.#runProgram(name, rest) : "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endDev();
  }

  /** Any port but the one on the page, which may be taken; the last one given counts. */
  async #startDev(args: readonly string[]): Promise<string> {
    await this.#endDev();
    const dev = this.#dev = startCli(RUNTIMES.Node!, [...args, "--port", "0"], this.#folder);
    [, this.#port = DEV_PORT] = await dev.printed(/BASE_URL=http:\S+:(\d+)\n.*\n/);
    return dev.output();
  }

  async #endDev(): Promise<void> {
    if (this.#dev === undefined) return;
    const code = await this.#dev.end("SIGTERM");
    this.#dev = undefined;
    if (code !== 0) throw new Error(`featureflip dev ended with ${code}`);
    this.count++;
  }

  async #runProgram(runtime: string, words: readonly string[]): Promise<string> {
    const file = words.at(-1)!;
    const places = PROGRAMS[runtime]!.map((folder) => join(folder, file));
    const found = await Promise.all(places.map((place) => access(place).then(() => place, () => undefined)));
    const source = found.find((place) => place !== undefined);
    if (source === undefined) return "";
    await copyFile(source, join(this.#folder, file));
    const given = words.map((word) => this.#here(word));
    const args = runtime === "deno"
      ? ["run", "--no-prompt", "--config", resolve("deno.json"), ...given.slice(1)]
      : given;
    const program = runtime === "node" ? "node" : resolve(`node_modules/.bin/${runtime}`);
    if (!file.startsWith("server")) return await this.#runToEnd([program], args);
    const server = startCli([program], args, this.#folder, { ...this.#env, PORT: "0" });
    const [, port] = await server.printed(/Listening on http:[^\n]*?:(\d+).*\n/);
    // Once it answers it has also made up its mind about signals.
    await (await fetch(`http://127.0.0.1:${port}/?user=u-123`)).text();
    return await this.#ended(server, "SIGTERM", args);
  }

  async #runToEnd(program: readonly [string, ...string[]], args: readonly string[]): Promise<string> {
    return await this.#ended(startCli(program, args, this.#folder, this.#env), undefined, args);
  }

  async #ended(running: RunningCli, signal: "SIGTERM" | undefined, args: readonly string[]): Promise<string> {
    const code = await running.end(signal);
    if (code !== 0) throw new Error(`\`${args.join(" ")}\` ended with ${code}:\n${running.output()}`);
    this.count++;
    return running.output();
  }

  #here(word: string): string {
    return word.replaceAll(DEV_PORT, this.#port);
  }
}

/**
 * Does what a page tells to do in a terminal, in a folder with the flags of the first guide, or an empty one after `mkdir`: the
 * `featureflip` commands, and the programs of the page while `featureflip dev` is running. What they print is what the
 * `text` block behind them shows.
 *
 * @returns How many commands were right, and what was wrong with the next.
 */
export async function runCommands(
  { fences }: Page,
): Promise<{ readonly count: number; readonly problem?: string }> {
  const folder = await makeFolder();
  await writeFile(join(folder, "featureflip.json"), SAMPLE_ENVIRONMENT);
  await mkdir(join(folder, "node_modules/@featureflip"), { recursive: true });
  await symlink(resolve("."), join(folder, "node_modules/@featureflip/sdk"));
  const tour = new Tour(folder);
  try {
    for (const [index, { name, language, code }] of fences.entries()) {
      if (language !== "sh") continue;
      let output = "";
      for (const command of parseShell(code)) {
        output += await tour.run(command).catch((error: Error) => {
          throw new Error(`${name}: ${error.message}`);
        });
      }
      const expected = fences[index + 1];
      if (expected?.language === "text") expectOutput(expected.name, expected.code, output);
    }
    return { count: tour.count };
  } catch (error) {
    return { count: tour.count, problem: (error as Error).message };
  } finally {
    await tour[Symbol.asyncDispose]();
    await removeFolder(folder);
  }
}

/** `…` stands for what varies, as a port does. */
function expectOutput(name: string, expected: string, output: string): void {
  const plain = (text: string): string => text.replaceAll(/:\d{4,5}\b/g, ":PORT").trim();
  const pattern = plain(expected).split("…").map((part) => part.replaceAll(/[^\w\s]/g, "\\$&")).join("[^]*");
  if (!new RegExp(`^${pattern}$`).test(plain(output))) {
    throw new Error(`${name}: the page shows\n${expected}but it prints\n${output}`);
  }
}
