/** One value of a JSON text, and its position. */
export interface JsonNode {
  readonly start: number;
  readonly end: number;
  /** The members of an object or a list; absent for other values. */
  readonly members?: readonly JsonMember[] | undefined;
}

/** One property of an object or one item of a list. */
export interface JsonMember {
  /** The property's name; absent for items of a list. */
  readonly key?: string;
  /** The start position; of a property, that of its name. */
  readonly start: number;
  readonly value: JsonNode;
}

/** Far more than the contract allows in a value (§2.1), and well within the stack of every runtime. */
const MAX_LEVELS = 500;

// Comments count as white space (JSONC): a file that people write may explain itself.
const SPACE = /(?:[ \t\n\r]+|\/\/[^\n\r]*|\/\*(?:[^*]|\*(?!\/))*\*\/)*/y;
// deno-lint-ignore no-control-regex -- JSON forbids exactly these
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

/**
 * Finds the position of every value in a JSON text. Its errors are the same on every runtime and name the position; those
 * of `JSON.parse` differ, and some name none. Comments, a comma after the last member and a byte order mark are accepted.
 *
 * @throws {SyntaxError} naming line and column, what is expected there and what was found.
 */
export function parseJsonText(text: string): JsonNode {
  let position = text.startsWith("\uFEFF") ? 1 : 0;

  function take(pattern: RegExp): string | undefined {
    pattern.lastIndex = position;
    const [found] = pattern.exec(text) ?? [];
    if (found !== undefined) position += found.length;
    return found;
  }

  function takeMark(mark: string): boolean {
    take(SPACE);
    if (text[position] !== mark) return false;
    position++;
    return true;
  }

  function fail(expected: string): never {
    const [line, column] = lineAndColumn(text, position);
    const found = position < text.length
      ? JSON.stringify(String.fromCodePoint(text.codePointAt(position)!))
      : "the end";
    throw new SyntaxError(`line ${line}, column ${column}: expected ${expected}, but found ${found}`);
  }

  function members(close: string, level: number): readonly JsonMember[] {
    if (level > MAX_LEVELS) fail(`no more than ${MAX_LEVELS} levels`);
    const found: JsonMember[] = [];
    position++;
    do {
      if (takeMark(close)) return found;
      const start = position;
      const key = close === "}" ? take(STRING) ?? fail("a name in double quotes") : undefined;
      if (key !== undefined && !takeMark(":")) fail(`":"`);
      const value = node(level);
      found.push({ ...(key !== undefined && { key: JSON.parse(key) as string }), start, value });
    } while (takeMark(","));
    if (!takeMark(close)) fail(`"," or "${close}"`);
    return found;
  }

  function node(level: number): JsonNode {
    take(SPACE);
    const start = position;
    const close = { "{": "}", "[": "]" }[text[position] ?? ""];
    if (close !== undefined) {
      const inner = members(close, level + 1);
      return { start, end: position, members: inner };
    }
    if (take(STRING) === undefined && take(NUMBER) === undefined && take(WORD) === undefined) fail("a value");
    return { start, end: position };
  }

  const root = node(0);
  take(SPACE);
  if (position < text.length) fail("the end");
  return root;
}

/** Down to this level, an outline is made at once: that of the flags in a file. */
export const OUTLINED_LEVELS = 2;

/** The last outline: edits of one text follow each other. */
let last: { readonly text: string; readonly root: JsonNode } | undefined;

/**
 * Finds the same positions in a text that is known to be valid, in one pass. Below the second level it looks into an object or
 * a list only when its members are read: an edit of a large file needs those on its path.
 */
export function outlineJson(text: string): JsonNode {
  if (last?.text !== text) {
    last = { text, root: outlineAt(text, text.startsWith("\uFEFF") ? 1 : 0, OUTLINED_LEVELS) };
  }
  return last.root;
}

/**
 * Remembers the outline of a text that was changed below the outlined levels: that of the old text, moved.
 *
 * @param text The new text.
 * @param place The end of what was replaced, in the old text.
 * @param distance How much further what follows is now.
 */
export function moveOutline(text: string, place: number, distance: number): void {
  const move = (position: number): number => position < place ? position : position + distance;
  const moved = (node: JsonNode, levels: number): JsonNode =>
    levels === 0 ? lazyNode(text, move(node.start), move(node.end)) : {
      start: move(node.start),
      end: move(node.end),
      members: node.members?.map((member) => ({
        ...member,
        start: move(member.start),
        value: moved(member.value, levels - 1),
      })),
    };
  if (last !== undefined) last = { text, root: moved(last.root, OUTLINED_LEVELS) };
}

function outlineAt(text: string, position: number, levels: number): JsonNode {
  const start = skipSpace(text, position);
  if (levels > 0) {
    const members = membersAt(text, start, levels - 1);
    if (members !== undefined) return { start, ...members };
  }
  return lazyNode(text, start, skipValue(text, start));
}

function lazyNode(text: string, start: number, end: number): JsonNode {
  let members: readonly JsonMember[] | undefined;
  return {
    start,
    end,
    get members() {
      return members ??= membersAt(text, start, 0)?.members;
    },
  };
}

/** Returns the members of an object or a list, and its end; `undefined` for other values. */
function membersAt(
  text: string,
  start: number,
  levels: number,
): { readonly members: readonly JsonMember[]; readonly end: number } | undefined {
  const close = { "{": "}", "[": "]" }[text[start] ?? ""];
  if (close === undefined) return undefined;
  const members: JsonMember[] = [];
  let position = skipSpace(text, start + 1);
  while (text[position] !== close) {
    const start = position;
    let key: string | undefined;
    if (close === "}") {
      position = skipString(text, start);
      key = JSON.parse(text.slice(start, position)) as string;
      position = skipSpace(text, position) + 1; // the colon
    }
    const value = outlineAt(text, position, levels);
    members.push({ ...(key !== undefined && { key }), start, value });
    position = skipSpace(text, value.end);
    if (text[position] === ",") position = skipSpace(text, position + 1);
  }
  return { members, end: position + 1 };
}

const SCALAR = /[^\s,\]}/]*/y;
const SLASH = 0x2f;
const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/** Returns the position of the next value or mark: comments count as white space. */
function skipSpace(text: string, position: number): number {
  for (;;) {
    const code = text.charCodeAt(position);
    if (code === SLASH) position = skipComment(text, position);
    else if (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) position++;
    else return position;
  }
}

function skipComment(text: string, position: number): number {
  if (text[position + 1] === "*") return text.indexOf("*/", position + 2) + 2;
  while (position < text.length && text[position] !== "\n" && text[position] !== "\r") position++;
  return position;
}

function skipString(text: string, start: number): number {
  for (let position = start + 1;; position++) {
    const code = text.charCodeAt(position);
    if (code === BACKSLASH) position++;
    else if (code === QUOTE) return position + 1;
  }
}

function skipValue(text: string, start: number): number {
  const first = text[start];
  if (first === '"') return skipString(text, start);
  if (first !== "{" && first !== "[") {
    SCALAR.lastIndex = start;
    return start + SCALAR.exec(text)![0].length;
  }
  for (let position = start, depth = 0;;) {
    const code = text.charCodeAt(position);
    if (code === QUOTE) position = skipString(text, position);
    else if (code === SLASH) position = skipComment(text, position);
    else {
      position++;
      if (code === 0x7b || code === 0x5b) depth++;
      else if ((code === 0x7d || code === 0x5d) && --depth === 0) return position;
    }
  }
}

/**
 * Parses a JSON text with comments.
 *
 * @throws {SyntaxError} naming line and column, what is expected there and what was found.
 */
export function parseJson(text: string): unknown {
  // The fast way first: most files have neither comments nor mistakes.
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    parseJsonText(text);
    return JSON.parse(withoutComments(text.replace(/^\uFEFF/, "")));
  }
}

/**
 * Finds the names that occur twice in one object, each with its position; of two, the last counts.
 *
 * @param text A valid text.
 * @param content The text's content, as {@linkcode parseJson} returns it.
 */
export function findDuplicateNames(text: string, content: unknown): readonly string[] {
  // To count is quick, to find the place is not: most files have no name twice.
  if (countNames(text) === countProperties(content)) return [];
  const found: string[] = [];
  const visit = ({ members = [] }: JsonNode): void => {
    const names = new Set<string>();
    for (const { key, start, value } of members) {
      if (key !== undefined && names.has(key)) {
        const [line, column] = lineAndColumn(text, start);
        found.push(
          `line ${line}, column ${column}: ${JSON.stringify(key)} is defined twice, the last one counts`,
        );
      }
      if (key !== undefined) names.add(key);
      visit(value);
    }
  };
  visit(parseJsonText(text));
  return found;
}

/** Counts the names in a valid text. */
function countNames(text: string): number {
  let count = 0;
  for (let position = 0; position < text.length;) {
    const code = text.charCodeAt(position);
    if (code === QUOTE) position = skipString(text, position);
    else if (code === SLASH) position = skipComment(text, position);
    else {
      if (code === COLON) count++;
      position++;
    }
  }
  return count;
}

/** Counts the properties of all objects in a JSON value. */
function countProperties(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countProperties(item);
  } else {
    for (const name in value) count += 1 + countProperties(value[name as keyof typeof value]);
  }
  return count;
}

/** Returns the line and column of a position, both from 1. */
function lineAndColumn(text: string, position: number): readonly [line: number, column: number] {
  const before = text.slice(0, position).replace(/^\uFEFF/, "").split("\n");
  return [before.length, before.at(-1)!.length + 1];
}

/** Removes comments and commas after the last member from a valid text. */
function withoutComments(text: string): string {
  const string = String.raw`"[^"\\]*(?:\\[^][^"\\]*)*"`;
  const comments = new RegExp(`(${string})|//[^\\n\\r]*|/\\*[^]*?\\*/`, "g");
  const commas = new RegExp(`(${string})|,(?=[ \\t\\n\\r]*[}\\]])`, "g");
  return text.replace(comments, "$1").replace(commas, "$1");
}
