/**
 * Measures how `src/` is built, and fails where it grows out of bounds: the number of files, small files, long functions,
 * closures with much state, and files whose unit test does not stand at the mirrored path in `test/unit`.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { finish } from "./steps.ts";

const MAX_FILES = 195;
const MAX_SMALL_FILES = 12;
const SMALL_FILE_LINES = 15;
const MAX_FUNCTION_LINES = 120;
const MAX_MUTABLE_VARIABLES = 7;

/** State machines and tables that are read better in one piece. */
const WHOLE =
  /^src\/(?:events\/event-delivery|shared-store\/snapshot-loader|regex\/parse-pattern|evaluation\/md5)/;

/** Files with run-time code that a test elsewhere covers, and where. */
const TESTED_ELSEWHERE: Readonly<Record<string, string>> = {};

const files = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts")).sort().map((path) => read(join("src", path)));
let failed = 0;

limit("source files", files.map(({ path }) => path), MAX_FILES, false);
limit(
  `files of at most ${SMALL_FILE_LINES} lines`,
  files.filter(({ path, lines }) => lines <= SMALL_FILE_LINES && !path.endsWith("/mod.ts")).map(({ path }) =>
    path
  ),
  MAX_SMALL_FILES,
);
const functions = files.filter(({ path }) => !WHOLE.test(path)).flatMap(measureFunctions);
limit(
  `functions over ${MAX_FUNCTION_LINES} lines`,
  functions.filter(({ lines }) => lines > MAX_FUNCTION_LINES).map(({ name, lines }) => `${name}: ${lines}`),
);
limit(
  `closures with more than ${MAX_MUTABLE_VARIABLES} mutable variables`,
  functions.filter(({ state }) => state > MAX_MUTABLE_VARIABLES).map(({ name, state }) =>
    `${name}: ${state}`
  ),
);
warn(
  "source files without a unit test of their own",
  files.filter(hasCode).map(({ path }) => path).filter((path) => {
    const test = TESTED_ELSEWHERE[path] ?? path.replace(/^src\/(.*)\.ts$/, "test/unit/$1.test.ts");
    return !existsSync(test);
  }),
);
finish({ passed: 4 - failed, failed });

interface Source {
  readonly path: string;
  readonly lines: number;
  readonly ast: ts.SourceFile;
}

interface Measure {
  readonly name: string;
  readonly lines: number;
  /** How many variables a closure of the function can change. */
  readonly state: number;
}

function read(path: string): Source {
  const text = readFileSync(path, "utf8");
  const lines = text.trimEnd().split("\n").length;
  return { path, lines, ast: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) };
}

/** What is listed and does not fail yet. */
function warn(what: string, found: readonly string[]): void {
  console.log(`warn  ${what}: ${found.length}`);
  console.log(found.map((item) => `        ${item}`).join("\n"));
}

function limit(what: string, found: readonly string[], max = 0, isListed = true): void {
  const isWithin = found.length <= max;
  if (!isWithin) failed++;
  console.log(`${isWithin ? "ok  " : "FAIL"}  ${what}: ${found.length} of ${max}`);
  if (!isWithin && isListed) console.log(found.map((item) => `        ${item}`).join("\n"));
}

/** Whether anything is left of a file without its types; what only re-exports is tested where it comes from. */
function hasCode({ ast }: Source): boolean {
  return ast.statements.some((node) => {
    return !ts.isInterfaceDeclaration(node) && !ts.isTypeAliasDeclaration(node) &&
      !ts.isImportDeclaration(node) &&
      !ts.isExportDeclaration(node);
  });
}

function measureFunctions({ path, ast }: Source): Measure[] {
  const measures: Measure[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && "body" in node && node.body !== undefined) {
      const [first, last] = [node.getStart(), node.end].map((at) =>
        ast.getLineAndCharacterOfPosition(at).line
      );
      const name = `${path}:${first! + 1} ${node.name?.getText() ?? "(anonymous)"}`;
      measures.push({ name, lines: last! - first! + 1, state: countState(node) });
    }
    node.forEachChild(visit);
  };
  visit(ast);
  return measures;
}

function countState(owner: ts.Node): number {
  let variables = 0;
  let hasClosure = false;
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) return void (hasClosure = true);
    if (
      ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.Let) !== 0 &&
      !ts.isForStatement(node.parent)
    ) {
      variables += node.declarations.length;
    }
    node.forEachChild(visit);
  };
  owner.forEachChild(visit);
  return hasClosure ? variables : 0;
}
