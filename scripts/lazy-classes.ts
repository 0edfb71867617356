import remapping from "@jridgewell/remapping";
import MagicString from "magic-string";
import ts from "typescript";

const LAZY_CLASS = "function lazyClass(define) { let value; return () => value ??= define(); }\n";

/** Small classes that every start uses: a wrapped one is read twice (bench: cold-start). */
export const USED_AT_START: ReadonlySet<string> = new Set([
  "Attachments",
  "Condition",
  "Flag",
  "FlagSet",
  "FlagState",
  "RolloutServe",
  "Rule",
  "WeightedVariation",
]);

/**
 * Wraps each class of a bundle that is not exported in a function, which defines it when it is first used. V8 keeps half a
 * kilobyte for each method of a class, and each function, that a module defines; of those within functions, next to nothing.
 * {@linkcode USED_AT_START} names the exceptions.
 */
export function defineWhenUsed(code: string, map: string): { readonly code: string; readonly map: string } {
  const file = ts.createSourceFile("module.js", code, ts.ScriptTarget.Latest, true);
  const text = new MagicString(code);
  const exported = namesOfExports(file);
  const classes = new Set<string>();
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (initializer === undefined || !ts.isClassExpression(initializer)) continue;
      if (exported.includes(name.getText()) || USED_AT_START.has(name.getText())) continue;
      const start = initializer.getStart();
      const ownName = initializer.name === undefined ? ` ${name.getText()}` : "";
      // V8 would read all of an arrow function that has an expression as its body.
      text.overwrite(start, start + "class".length, `lazyClass(function () { return class${ownName}`);
      text.appendLeft(initializer.end, "; })");
      classes.add(name.getText());
    }
  }
  if (classes.size === 0) return { code, map };
  for (const use of findUses(file, classes)) {
    const call = `${use.text}()`;
    text.overwrite(use.getStart(), use.end, ts.isNewExpression(use.parent) ? `(${call})` : call);
  }
  const edits = text.prepend(LAZY_CLASS).generateMap({ hires: true }).toString();
  return { code: text.toString(), map: remapping([edits, map], () => null).toString() };
}

/** What a bundle exports, by its names in the bundle. */
function namesOfExports({ statements }: ts.SourceFile): string[] {
  return statements.filter(ts.isExportDeclaration).flatMap(({ exportClause }) =>
    exportClause !== undefined && ts.isNamedExports(exportClause)
      ? exportClause.elements.map(({ propertyName, name }) => (propertyName ?? name).text)
      : []
  );
}

function findUses(node: ts.Node, names: ReadonlySet<string>): ts.Identifier[] {
  if (!ts.isIdentifier(node)) return node.getChildren().flatMap((child) => findUses(child, names));
  const isNameOfMember = "name" in node.parent && node.parent.name === node;
  return names.has(node.text) && !isNameOfMember ? [node] : [];
}
