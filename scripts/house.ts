/** Measures how `src/` is built, and fails where it grows out of bounds or where a source file has no unit test. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { finish } from "./steps.ts";

const MAX_FILES = 195;
const [MAX_SMALL_FILES, SMALL_FILE_LINES] = [12, 15];
const [MAX_FUNCTION_LINES, MAX_MUTABLE_VARIABLES] = [120, 7];

/** Tables and state machines that are easier to read in one piece. */
const WHOLE = /^src\/(?:regex\/parse-pattern|evaluation\/md5)/;

/** The program, which test/system/cli runs as a process. */
const TESTED_ELSEWHERE: readonly string[] = ["src/cli/main.ts"];

const files = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts")).map((path) => {
    const text = readFileSync(join("src", path), "utf8");
    const ast = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    return { path: join("src", path), lines: text.trimEnd().split("\n").length, ast };
  });
const small = files.filter(({ path, lines }) => lines <= SMALL_FILE_LINES && !path.endsWith("/mod.ts"));
const functions = files.filter(({ path }) => !WHOLE.test(path)).flatMap(({ path, ast }) =>
  measureFunctions(path, ast)
);
const long = functions.filter(({ lines }) => lines > MAX_FUNCTION_LINES);
const stateful = functions.filter(({ state }) => state > MAX_MUTABLE_VARIABLES);
const untested = files.filter(({ path, ast }) => {
  const test = path.replace(/^src\/(.*)\.ts$/, "test/unit/$1.test.ts");
  return ast.statements.some(isCode) && !existsSync(test) && !TESTED_ELSEWHERE.includes(path);
});

let failed = 0;
limit("source files", Array.from(files, () => ""), MAX_FILES);
limit(`files of at most ${SMALL_FILE_LINES} lines`, small.map(({ path }) => path), MAX_SMALL_FILES);
limit(`functions over ${MAX_FUNCTION_LINES} lines`, long.map(({ name, lines }) => `${name}: ${lines}`));
limit(
  `closures with more than ${MAX_MUTABLE_VARIABLES} mutable variables`,
  stateful.map(({ name, state }) => `${name}: ${state}`),
);
limit("source files without a unit test at the mirrored path", untested.map(({ path }) => path));
finish({ passed: 5 - failed, failed });

function limit(what: string, found: readonly string[], max = 0): void {
  if (found.length > max) failed++;
  console.log(`${found.length > max ? "FAIL" : "ok  "}  ${what}: ${found.length} of ${max}`);
  for (const item of found.filter((item) => item !== "").sort()) console.log(`        ${item}`);
}

/** Whether a statement is more than a type; what a module only re-exports is tested where it comes from. */
function isCode(node: ts.Statement): boolean {
  const { InterfaceDeclaration, TypeAliasDeclaration, ImportDeclaration, ExportDeclaration } = ts.SyntaxKind;
  return ![InterfaceDeclaration, TypeAliasDeclaration, ImportDeclaration, ExportDeclaration].includes(
    node.kind,
  );
}

/** The length of each function, and how many variables its closures can change. */
function measureFunctions(
  path: string,
  ast: ts.SourceFile,
): { name: string; lines: number; state: number }[] {
  const measures: { name: string; lines: number; state: number }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && "body" in node && node.body !== undefined) {
      const [first = 0, last = 0] = [node.getStart(), node.end].map((at) =>
        ast.getLineAndCharacterOfPosition(at).line
      );
      const name = `${path}:${first + 1} ${node.name?.getText() ?? "(anonymous)"}`;
      measures.push({ name, lines: last - first + 1, state: countState(node) });
    }
    node.forEachChild(visit);
  };
  visit(ast);
  return measures;
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
