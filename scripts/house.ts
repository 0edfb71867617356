/** Measures how `src/` is built, and fails where it grows out of bounds or where a source file has no unit test. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { finish } from "./steps.ts";

const MAX_FILES = 195;
const MAX_SMALL_FILES = 12;
const SMALL_FILE_LINES = 15;
const MAX_FUNCTION_LINES = 120;
const MAX_MUTABLE_VARIABLES = 7;

/** Tables and state machines that are easier to read in one piece. */
const WHOLE = /^src\/(?:regex\/parse-pattern|evaluation\/md5)/;

/** The program, which test/system/cli runs as a process. */
const TESTED_ELSEWHERE: readonly string[] = ["src/cli/main.ts"];

const files = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts")).map((path) => {
    const text = readFileSync(join("src", path), "utf8");
    const ast = ts.createSourceFile(join("src", path), text, ts.ScriptTarget.Latest, true);
    return { path: ast.fileName, lines: text.trimEnd().split("\n").length, ast };
  });
const small = files.filter(({ path, lines }) => lines <= SMALL_FILE_LINES && !path.endsWith("/mod.ts"));
const functions = files.filter(({ path }) => !WHOLE.test(path)).flatMap(({ ast }) => findFunctions(ast));
const long = functions.filter((node) => linesOf(node) > MAX_FUNCTION_LINES);
const stateful = functions.filter((node) => countState(node) > MAX_MUTABLE_VARIABLES);
const untested = files.filter(({ path, ast }) => {
  const test = path.replace(/^src\/(.*)\.ts$/, "test/unit/$1.test.ts");
  return ast.statements.some(isCode) && !existsSync(test) && !TESTED_ELSEWHERE.includes(path);
});

let failed = 0;
limit("source files", files.map(({ path }) => path), MAX_FILES);
limit(`files of at most ${SMALL_FILE_LINES} lines`, small.map(({ path }) => path), MAX_SMALL_FILES);
limit(`functions over ${MAX_FUNCTION_LINES} lines`, long.map(placeOf));
limit(`closures with more than ${MAX_MUTABLE_VARIABLES} mutable variables`, stateful.map(placeOf));
limit("source files without a unit test at the mirrored path", untested.map(({ path }) => path));
finish({ passed: 5 - failed, failed });

function limit(what: string, found: readonly string[], max = 0): void {
  const isExceeded = found.length > max;
  console.log(`${isExceeded ? "FAIL" : "ok  "}  ${what}: ${found.length} of ${max}`);
  if (!isExceeded) return;
  failed++;
  for (const item of found.toSorted()) console.log(`        ${item}`);
}

/** Whether a statement is more than a type; what a module only re-exports is tested where it comes from. */
function isCode(node: ts.Statement): boolean {
  const isType = ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
  return !isType && !ts.isImportDeclaration(node) && !ts.isExportDeclaration(node);
}

function findFunctions(node: ts.Node): ts.Node[] {
  const inner = node.getChildren().flatMap(findFunctions);
  return ts.isFunctionLike(node) && "body" in node && node.body !== undefined ? [node, ...inner] : inner;
}

function linesOf(node: ts.Node): number {
  return node.getText().split("\n").length;
}

function placeOf(node: ts.Node): string {
  const file = node.getSourceFile();
  return `${file.fileName}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
}

/** The variables that a function's closures can change. */
function countState(owner: ts.Node): number {
  let variables = 0;
  let hasClosure = false;
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) return void (hasClosure = true);
    const isLet = ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.Let) !== 0;
    if (isLet && !ts.isForStatement(node.parent)) variables += node.declarations.length;
    node.forEachChild(visit);
  };
  owner.forEachChild(visit);
  return hasClosure ? variables : 0;
}
