/** One value of a JSON text, and its position. */
export interface JsonNode {
  readonly start: number;
  readonly end: number;
  /** The members of an object or a list; absent for other values. */
  readonly members?: readonly JsonMember[];
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

const SPACE = /[ \t\n\r]*/y;
// deno-lint-ignore no-control-regex -- JSON forbids exactly these
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

/**
 * Finds the position of every value in a JSON text. Its errors are the same on every runtime and name the position; those
 * of `JSON.parse` differ, and some name none.
 *
 * @throws {SyntaxError} naming line and column, what is expected there and what was found.
 */
export function parseJsonText(text: string): JsonNode {
  let position = 0;

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
    const before = text.slice(0, position).split("\n");
    const found = position < text.length
      ? JSON.stringify(String.fromCodePoint(text.codePointAt(position)!))
      : "the end";
    const place = `line ${before.length}, column ${before.at(-1)!.length + 1}`;
    throw new SyntaxError(`${place}: expected ${expected}, but found ${found}`);
  }

  function members(close: string, level: number): readonly JsonMember[] {
    if (level > MAX_LEVELS) fail(`no more than ${MAX_LEVELS} levels`);
    const found: JsonMember[] = [];
    position++;
    if (takeMark(close)) return found;
    do {
      take(SPACE);
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
