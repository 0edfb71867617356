/**
 * `npm run test:types`, after `npm run build`: the public declarations with every supported compiler. What must compile
 * compiles, mistakes do not, messages of one line stay so, and hovering shows plain types.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import process from "node:process";
import type typescript from "typescript";
import { declareOpenFeatureKeys } from "../../src/cli/pull/declare-flags.ts";

const FOLDER = "test/types";
const COMPILERS = ["5.4", "5.9", "6", "7"] as const;
/** The one that is no program in JavaScript: it runs in a process of its own. */
const NATIVE = "7";

let passed = 0;
let failed = 0;

function check(name: string, problems: readonly string[]): void {
  if (problems.length === 0) passed++;
  else failed++;
  console.log(`${problems.length === 0 ? "ok" : "FAILED"}: ${name}`);
  for (const problem of problems) console.log(`  ${problem}`);
}

/** A compiler that runs in this process. Its projects share the files that they parse alike. */
interface Compiler {
  readonly ts: typeof typescript;
  readonly files: typescript.DocumentRegistry;
}

/** The diagnostics of a project, each with the lines that belong to it; those of other packages are left out. */
function compile(compiler: Compiler | undefined, project: string): readonly string[] {
  const output = compiler === undefined ? outputOfNative(project) : diagnose(compiler, project);
  const diagnostics = output.trim().split(/\n(?! )/).filter((text) => text !== "");
  return diagnostics.filter((text) => !/^(?:\.\.\/)*node_modules\//.test(text));
}

function outputOfNative(project: string): string {
  const tsc = `${FOLDER}/node_modules/typescript-${NATIVE}/bin/tsc`;
  const { stdout, stderr } = spawnSync(process.execPath, [tsc, "-p", project, "--pretty", "false"], {
    encoding: "utf8",
  });
  return stdout + stderr;
}

/** What `tsc` prints, but for what it says of other packages, which takes most of its time. */
function diagnose(compiler: Compiler, project: string): string {
  const { ts } = compiler;
  const { service, problems } = open(compiler, project);
  const program = service.getProgram()!;
  const ours = program.getSourceFiles().filter(({ fileName }) => !fileName.includes("/node_modules/"));
  const diagnostics = [
    ...problems,
    ...program.getOptionsDiagnostics(),
    ...ours.flatMap((file) => program.getSyntacticDiagnostics(file)),
    ...ours.flatMap((file) => program.getSemanticDiagnostics(file)),
    ...program.getGlobalDiagnostics(),
  ];
  return ts.formatDiagnostics(ts.sortAndDeduplicateDiagnostics(diagnostics), {
    getCanonicalFileName: (path) => path,
    getCurrentDirectory: () => process.cwd(),
    getNewLine: () => "\n",
  });
}

/** A project as an editor has it, and the mistakes in its tsconfig.json. */
function open(
  { ts, files }: Compiler,
  project: string,
): {
  readonly service: typescript.LanguageService;
  readonly problems: readonly typescript.Diagnostic[];
} {
  const { config, error } = ts.readConfigFile(project, ts.sys.readFile);
  const folder = resolve(dirname(project));
  const { options, fileNames, errors } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
  const service = ts.createLanguageService({
    getCompilationSettings: () => options,
    getScriptFileNames: () => fileNames,
    getScriptVersion: () => "1",
    getScriptSnapshot(path) {
      const text = ts.sys.readFile(path);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => process.cwd(),
    getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
  }, files);
  return { service, problems: error === undefined ? errors : [error, ...errors] };
}

/** The mistakes without the comments that expect them, and the lines whose message must be one line. */
async function writeMessages(): Promise<ReadonlySet<number>> {
  const lines = (await readFile(`${FOLDER}/mistakes.ts`, "utf8")).replace("./snapshot", "../snapshot").split(
    "\n",
  );
  const oneLine = new Set<number>();
  const kept = lines.map((line, index) => {
    if (!line.startsWith("// @ts-expect-error")) return line;
    if (line.includes("one-line")) oneLine.add(index + 2);
    return "//";
  });
  await rm(`${FOLDER}/.tmp`, { recursive: true, force: true });
  await mkdir(`${FOLDER}/.tmp`, { recursive: true });
  await writeFile(`${FOLDER}/.tmp/mistakes.ts`, kept.join("\n"));
  await writeFile(
    `${FOLDER}/.tmp/tsconfig.json`,
    JSON.stringify({ extends: "../tsconfig.json", files: ["mistakes.ts"] }),
  );
  return oneLine;
}

/** What `featureflip pull --openfeature` writes. */
async function writeOpenFeatureKeys(): Promise<void> {
  const values = { "dark-mode": true, tier: "free", "rate-limit": 5, search: { engine: "v2" } };
  const flags = Object.entries(values).map(([key, value]) => ({
    key,
    type: "Json",
    enabled: true,
    variations: [{ key: "on", value }],
    fallthrough: { type: "Fixed", variation: "on" },
  }));
  await writeFile(`${FOLDER}/.tmp/featureflip.openfeature.d.ts`, declareOpenFeatureKeys({ flags }));
}

/** What an editor shows for the method in a line of idioms.ts. */
function hover(compiler: Compiler, line: string, name: string): string {
  const { service } = open(compiler, `${FOLDER}/tsconfig.json`);
  const path = resolve(FOLDER, "idioms.ts");
  const at = compiler.ts.sys.readFile(path)!.indexOf(line);
  const info = service.getQuickInfoAtPosition(path, at + line.indexOf(name));
  return (info?.displayParts ?? []).map(({ text }) => text).join("");
}

/** Loads a compiler; there is none in JavaScript of the native version. */
function load(version: string): Compiler | undefined {
  if (version === NATIVE) return undefined;
  const ts = createRequire(import.meta.url)(`./node_modules/typescript-${version}`) as typeof typescript;
  return { ts, files: ts.createDocumentRegistry() };
}

if (!existsSync(`${FOLDER}/node_modules`)) {
  execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--prefix", FOLDER], { stdio: "inherit" });
}
const oneLine = await writeMessages();
await writeOpenFeatureKeys();
// Types of classes are compared by their declarations: another copy is what another version is.
for (const file of (await readdir("dist")).filter((file) => file.endsWith(".d.ts"))) {
  await cp(`dist/${file}`, `${FOLDER}/.tmp/next/${file}`);
}
for (const version of COMPILERS) {
  const compiler = load(version);
  check(
    `TypeScript ${version}: idioms compile, mistakes do not`,
    compile(compiler, `${FOLDER}/tsconfig.json`),
  );
  for (const host of ["node", "bun"]) {
    const problems = compile(compiler, `${FOLDER}/tsconfig.${host}.json`);
    check(
      `TypeScript ${version}: option fetch takes that of ${host === "node" ? "undici" : "Bun"}`,
      problems,
    );
  }
  const typedKeys = compile(compiler, `${FOLDER}/tsconfig.openfeature.json`);
  // TypeScript before 5.9 ignores the keys: it finds no mistake, and nothing else.
  const isIgnored = typedKeys.length === 5 &&
    typedKeys.every((text) => text.includes("error TS2578: Unused"));
  check(
    `TypeScript ${version}: keys for OpenFeature ${version === "5.4" ? "are ignored" : "are typed"}`,
    version === "5.4" && isIgnored ? [] : typedKeys,
  );
  const messages = compile(compiler, `${FOLDER}/.tmp/tsconfig.json`);
  const long = messages.filter((text) => {
    const [, line] = /^\S+?\((\d+),/.exec(text) ?? [];
    return text.includes("\n") && oneLine.has(Number(line));
  });
  check(`TypeScript ${version}: ${oneLine.size} messages are one line`, long);
  if (compiler !== undefined) {
    const typed = hover(compiler, `typed.variation("tier", user, "free")`, "variation");
    const isPlain = typed.includes("defaultValue: Tier") && !typed.includes("IfDescribed");
    check(`TypeScript ${version}: hovering shows plain types`, isPlain ? [] : [typed]);
  }
}
await rm(`${FOLDER}/.tmp`, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;
