import ts from "typescript";

/** A text of the source that is made of words: what a user may read. What varies in it is `…`. */
export interface Message {
  /** The file it stands in. */
  readonly path: string;
  readonly text: string;
}

/** Finds the texts of at least three words in a source file. */
export function readMessages(path: string, source: string): Message[] {
  const messages: Message[] = [];
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    const text = textOf(node);
    if (text === undefined) ts.forEachChild(node, visit);
    else if (constantParts(text).length > 0) messages.push({ path, text });
  };
  visit(file);
  return messages;
}

/** What stands between what varies, as far as it is made of at least three words. */
export function constantParts(text: string): string[] {
  return text.split("…").map((part) => part.replaceAll(/^\W+|[^\w)]+$/g, ""))
    .filter((part) => (part.match(/[^\s]*\p{L}[^\s]*/gu) ?? []).length >= 3);
}

function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isParenthesizedExpression(node)) return textOf(node.expression);
  if (ts.isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join("");
  }
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
  const [left, right] = [textOf(node.left), textOf(node.right)];
  return left === undefined && right === undefined ? undefined : (left ?? "…") + (right ?? "…");
}
