import { access, readdir, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { runCli } from "../../unit/cli/run-cli.ts";
import { featureflipArguments, withoutVariables } from "./shell.ts";

interface PackageJson {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/**
 * Checks what a command names: options, scripts, packages and files that there are.
 *
 * @throws {Error} saying what there is not.
 */
export async function checkCommand(command: readonly string[]): Promise<void> {
  const args = featureflipArguments(command);
  if (args !== undefined) return await checkFeatureflip(args);
  const [name = "", ...rest] = withoutVariables(command);
  const check = Object.hasOwn(CHECKS, name) ? CHECKS[name]! : undefined;
  if (check === undefined) {
    throw new Error(`No check knows the command '${name}': test/system/docs/check-command.ts`);
  }
  await check(rest);
}

/** What follows a command's name. */
type Check = (args: readonly string[]) => Promise<void> | void;

const CHECKS: Readonly<Record<string, Check>> = {
  npm: checkNpm,
  bun: checkBun,
  deno: checkDeno,
  node: (args) => checkFile(args.find((arg) => !arg.startsWith("-"))),
  npx: checkTool,
  // What sets the scene names nothing of ours.
  cd() {},
  export() {},
  git() {},
  mkdir() {},
};

async function checkFeatureflip([name = "", ...args]: readonly string[]): Promise<void> {
  if (name.startsWith("-")) return same(`featureflip ${name}`, (await runCli([name])).code, 0);
  const { code, out } = await runCli([name, "--help"]);
  same(`featureflip ${name}`, code, 0);
  const known = new Set(["--help", ...out.match(/(?<=^|\s)--?[a-z][a-z-]*/gm) ?? []]);
  for (const arg of args) {
    const [option = ""] = arg.split("=");
    if (option.startsWith("-") && !known.has(option)) throw new Error(`featureflip ${name} has no ${option}`);
  }
}

/** What other vendors' tools are told to do, which is theirs to check. */
const TOOLS: Readonly<Record<string, readonly string[]>> = {
  vercel: ["deploy", "dev", "env"],
  vitest: ["run"],
  wrangler: ["deploy", "dev", "kv", "secret", "types"],
};

function checkTool([tool = "", verb = ""]: readonly string[]): void {
  if (TOOLS[tool]?.includes(verb) !== true) throw new Error(`No check knows 'npx ${tool} ${verb}'`);
}

async function checkNpm([verb = "", ...args]: readonly string[]): Promise<void> {
  if (verb === "install") return await checkPackages(args);
  if (verb === "ci" || verb === "pack") return;
  await checkScript(verb === "run" ? args[0] : verb);
}

async function checkBun([verb = "", ...args]: readonly string[]): Promise<void> {
  if (verb === "add") return await checkPackages(args);
  if (verb === "test") return await Promise.all(args.map(checkFile)).then(() => undefined);
  if (/\.m?[jt]s$/.test(verb)) return await checkFile(verb);
  await checkScript(verb === "run" ? args[0] : verb);
}

async function checkDeno([verb = "", ...args]: readonly string[]): Promise<void> {
  if (verb === "add") return await checkPackages(args.map((arg) => arg.replace(/^(jsr|npm):/, "")));
  if (verb === "task") return await checkScript(args[0]);
  if (verb !== "run" && verb !== "test") throw new Error(`No check knows 'deno ${verb}'`);
  await checkFile(args.find((arg) => !arg.startsWith("-")));
}

async function checkScript(name = ""): Promise<void> {
  const manifests = await readManifests();
  if (!manifests.some(({ scripts }) => Object.hasOwn(scripts, name))) {
    throw new Error(`package.json has no script '${name}'`);
  }
}

/** Ours, or those that the tests run it with. */
async function checkPackages(names: readonly string[]): Promise<void> {
  const known = (await readManifests()).flatMap(({ dependencies, devDependencies }) =>
    Object.keys({ ...dependencies, ...devDependencies })
  );
  for (const name of names.filter((name) => !name.startsWith("-"))) {
    if (!known.includes(name)) {
      throw new Error(`No test uses the package '${name}'`);
    }
  }
}

/** A file of the project, or one that is called like an example: the reader's copy of it. */
async function checkFile(path = ""): Promise<void> {
  const examples = await readdir("examples", { recursive: true });
  if (examples.some((example) => basename(example) === path)) return;
  await access(path);
}

/** Ours, and those of the applications that the tests build. */
async function readManifests(): Promise<PackageJson[]> {
  const applications = (await readdir("examples/frameworks")).map((name) =>
    `examples/frameworks/${name}/package.json`
  );
  return await Promise.all(
    ["package.json", ...applications].map(async (path) =>
      JSON.parse(await readFile(path, "utf8")) as PackageJson
    ),
  );
}

function same(what: string, found: unknown, expected: unknown): void {
  if (found !== expected) throw new Error(`${what}: ${String(found)} and not ${String(expected)}`);
}
