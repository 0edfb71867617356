import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** The runtimes on which a script can run in a process of its own. */
export const HOSTS = ["Node", "Bun", "Deno"] as const;

/** One of {@linkcode HOSTS}. */
export type Host = typeof HOSTS[number];

/** What a child process came to. */
export interface ChildResult {
  /** Its last word: the JSON that it printed. */
  readonly result: Readonly<Record<string, unknown>>;
  /** For how long something held it after that, in ms, if it tells: what it printed next. */
  readonly lingered: number;
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** How each runtime is started with its garbage collector in reach. */
const COMMANDS: Readonly<Record<Host, readonly [string, ...string[]]>> = {
  Node: ["node", "--expose-gc"],
  Bun: [join(ROOT, "node_modules/.bin/bun")],
  Deno: [join(ROOT, "node_modules/.bin/deno"), "run", "-A", "--v8-flags=--expose-gc"],
};

/** Scripts that run in processes of their own, with the garbage collector in reach. */
export class ChildProcesses {
  /** Where the bundles stand. */
  readonly directory: string;
  readonly #argument: () => string;

  readonly #env: Readonly<Record<string, string>>;

  private constructor(
    directory: string,
    argument: () => string,
    env: Readonly<Record<string, string>>,
  ) {
    this.directory = directory;
    this.#argument = argument;
    this.#env = env;
  }

  /**
   * Bundles scripts for Node; Bun and Deno run the sources.
   *
   * @param scripts Paths from the project's root.
   * @param argument Gives the last argument of each process.
   * @param env More environment variables.
   */
  static async of(
    scripts: readonly string[],
    argument: () => string = () => "",
    env: Readonly<Record<string, string>> = {},
  ): Promise<ChildProcesses> {
    const directory = await mkdtemp(join(tmpdir(), "featureflip-"));
    const children = new ChildProcesses(directory, argument, env);
    for (const script of scripts) await children.bundle(script, `${basename(script, ".ts")}.mjs`);
    return children;
  }

  /** Bundles one file under a name; `head` is code that is put before it. */
  async bundle(path: string, name: string, head = ""): Promise<void> {
    await build({
      entryPoints: [path],
      outfile: join(this.directory, name),
      banner: { js: head },
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      absWorkingDir: ROOT,
    });
  }

  /** Runs a script on a runtime until it ends by itself. */
  run(host: Host, script: string): Promise<ChildResult> {
    return host === "Node"
      ? this.runBundle(host, `${basename(script, ".ts")}.mjs`)
      : this.#start(host, script);
  }

  /** Runs a bundle on a runtime until it ends by itself. */
  runBundle(host: Host, name: string): Promise<ChildResult> {
    return this.#start(host, join(this.directory, name));
  }

  async #start(host: Host, path: string): Promise<ChildResult> {
    const [file, ...args] = COMMANDS[host];
    const child = spawn(file, [...args, path, this.#argument()], {
      cwd: ROOT,
      env: { ...process.env, ...this.#env },
      timeout: 120_000,
    });
    let said = "";
    let errors = "";
    child.stdout.on("data", (chunk) => said += chunk);
    child.stderr.on("data", (chunk) => errors += chunk);
    // Not its exit, which what it has said may come after.
    const code = await new Promise((resolve) => child.on("close", resolve));
    if (code !== 0) throw new Error(`It ended with ${code}: ${errors}`);
    const [word = "", account = "{}"] = said.trimEnd().split("\n");
    const result = JSON.parse(word) as Record<string, unknown>;
    const { lingered = NaN } = JSON.parse(account) as { readonly lingered?: number };
    return { result, lingered };
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}
