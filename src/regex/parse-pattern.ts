import { type CharacterSet, characterSet } from "./character-set.ts";

/** A pattern's syntax tree. */
export type SyntaxNode =
  | { readonly type: "character"; readonly set: CharacterSet }
  | Peek
  | Look
  | { readonly type: "sequence"; readonly items: readonly SyntaxNode[] }
  | { readonly type: "alternation"; readonly branches: readonly SyntaxNode[] }
  | { readonly type: "group"; readonly index: number; readonly body: SyntaxNode }
  | Repeat
  | { readonly type: "backReference"; readonly group: number; readonly ignoreCase: boolean };

/**
 * An assertion about the characters next to a position. It holds where exactly one of the sides it looks at is in
 * the set: `^` is "none behind" (negated), `$` "none ahead", and `\b`, which looks at both, "one but not the other".
 */
export interface Peek {
  readonly type: "peek";
  readonly set: CharacterSet;
  readonly behind: boolean;
  readonly ahead: boolean;
  readonly negated: boolean;
}

/** A lookahead or, `behind`, a lookbehind. */
export interface Look {
  readonly type: "look";
  readonly behind: boolean;
  readonly negated: boolean;
  readonly body: SyntaxNode;
}

/** A quantified piece; `max` may be infinite. The groups inside are those after `groupsFrom` up to `groupsTo`. */
export interface Repeat {
  readonly type: "repeat";
  readonly body: SyntaxNode;
  readonly min: number;
  readonly max: number;
  readonly greedy: boolean;
  readonly groupsFrom: number;
  readonly groupsTo: number;
}

/** A pattern that compiles. */
export interface ParsedPattern {
  readonly root: SyntaxNode;
  /** The same pattern for the host's engine; null where only part of it is under an inline flag. */
  readonly native: RegExp | null;
  /** Whether characters are code points rather than UTF-16 code units. */
  readonly unicode: boolean;
  readonly groupCount: number;
  readonly hasBackReferences: boolean;
}

/** The set of all characters, by which `^` and `$` ask whether there is one at all. */
export const ANY = "[^]";

// .NET's anchors in JavaScript's syntax. Like .NET's, they can be repeated.
const ANCHORS: Readonly<Record<string, string>> = {
  "\\A": "(?:(?<![^]))",
  "\\z": "(?:(?![^]))",
  "\\Z": "(?:(?=\\n?(?![^])))",
};

// Keeps the recursion from overflowing the stack.
const MAX_NESTING = 250;

// Behind an even number of backslashes: in `\\p{L}` the first one escapes the second.
const UNICODE_PROPERTY = /(?<!\\)(?:\\\\)*\\p\{[a-z]\w*(?:=\w+)?\}/i;
// Sticky, like all that follow: each reads one piece at a position, so that no text is read twice.
const CHARACTER_CLASS = /\[(?:\\[^]|[^\]\\])*\]/y;
const GROUP = /\((?:\?(?:(<?[=!])|<([^>]*)>|([ims]*)(?:-([ims]+))?([:)])))?/y;
const QUANTIFIER = /(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})(\??)/y;
const BACK_REFERENCE = /\\(?:([1-9]\d*)|k<([^>]*)>)/y;
// `\c` before anything but a letter is a backslash, with the `c` a character of its own.
const CHARACTER =
  /\\(?:c[a-zA-Z]|x[\da-fA-F]{2}|u[\da-fA-F]{4}|[0-3][0-7]{0,2}|[4-7][0-7]?|(?=c)|[^])|\[(?:\\[^]|[^\]\\])*\]|[^]/y;
// Strict syntax leaves no doubt where an escape ends.
const UNICODE_CHARACTER =
  /\\(?:c.|x..|u\{[\da-fA-F]+\}|u[dD][89abAB]..\\u[dD][c-fC-F]..|u.{4}|[pP]\{[\w=]+\}|[^])|\[(?:\\[^]|[^\]\\])*\]|[^]/uy;

/**
 * Parses a pattern of the dialect of contract §3.3: JavaScript's without the `u` flag (with it where the pattern
 * has a `\p{…}`), plus .NET's inline flags `i`, `m`, `s`, and its anchors `\A`, `\z`, `\Z`.
 *
 * It only splits the pattern into pieces. The host's own engine decides whether they are valid (it is given the pattern
 * with .NET's spellings replaced) and what a single-character piece matches.
 *
 * It takes time and memory linear in the pattern's length.
 *
 * @throws {SyntaxError} If the pattern is in neither dialect, names two groups alike, or nests more than 250 deep.
 */
export function parsePattern(pattern: string): ParsedPattern {
  const { source, groupTotal, groupsByName } = scanPattern(pattern);
  const unicode = UNICODE_PROPERTY.test(pattern);
  // The flags that mattered somewhere, as "i" where they were on and "-i" where they were off.
  const seen = new Set<string>();
  let flags = "";
  let position = 0;
  let nesting = 0;
  let groupCount = 0;
  let hasBackReferences = false;
  let translated = "";

  const root = parseAlternation();
  if (position < source.length) fail();
  const nativeFlags = [..."ims"].filter((flag) => seen.has(flag));
  const native = new RegExp(translated, nativeFlags.join("") + (unicode ? "u" : ""));
  const isMixed = nativeFlags.some((flag) => seen.has(`-${flag}`));
  return { root, native: isMixed ? null : native, unicode, groupCount, hasBackReferences };

  function take(token: RegExp): RegExpExecArray | null {
    const match = matchAt(token, source, position);
    if (match !== null) position += match[0].length;
    return match;
  }

  function isOn(flag: string): boolean {
    const on = flags.includes(flag);
    seen.add(on ? flag : `-${flag}`);
    return on;
  }

  function setOf(piece: string, flag = ""): CharacterSet {
    return characterSet(piece, (flag && isOn(flag) ? flag : "") + (unicode ? "u" : ""));
  }

  function parseAlternation(): SyntaxNode {
    if (++nesting > MAX_NESTING) fail();
    const branches = [parseSequence()];
    while (source[position] === "|") {
      translated += source[position++];
      branches.push(parseSequence());
    }
    nesting--;
    return branches.length > 1 ? { type: "alternation", branches } : branches[0] as SyntaxNode;
  }

  function parseSequence(): SyntaxNode {
    const items: SyntaxNode[] = [];
    while (position < source.length && source[position] !== "|" && source[position] !== ")") {
      const groupsFrom = groupCount;
      const group = take(GROUP);
      const body = group !== null ? parseGroup(group) : parseBackReference() ?? parseCharacter();
      const quantifier = take(QUANTIFIER);
      if (quantifier === null) {
        if (body !== null) items.push(body);
        continue;
      }
      if (body === null) fail();
      const [text, symbol, from, comma, to, lazy] = quantifier;
      const min = Number(from ?? symbol === "+");
      const max = symbol === "?" ? 1 : Number(symbol || comma ? to || Infinity : from);
      translated += text;
      items.push({ type: "repeat", body, min, max, greedy: !lazy, groupsFrom, groupsTo: groupCount });
    }
    return items.length === 1 ? items[0] as SyntaxNode : { type: "sequence", items };
  }

  /** Null for inline flags up to the end of the enclosing group: nothing that could be repeated. */
  function parseGroup([text, look, name, on, off, end]: RegExpExecArray): SyntaxNode | null {
    const outerFlags = flags;
    if (end) flags = [...new Set(flags + on)].filter((flag) => !off?.includes(flag)).join("");
    translated += end ? "(?:" : text;
    if (end === ")") {
      if (!on && !off) fail();
      translated += end;
      return null;
    }
    const isCapturing = name !== undefined || text === "(";
    const index = isCapturing ? ++groupCount : 0;
    const body = parseAlternation();
    if (source[position] !== ")") fail();
    translated += source[position++];
    flags = outerFlags;
    if (look === undefined) return isCapturing ? { type: "group", index, body } : body;
    const behind = look.length > 1;
    const negated = look.endsWith("!");
    return body.type === "character"
      ? { type: "peek", set: body.set, behind, ahead: !behind, negated }
      : { type: "look", behind, negated, body };
  }

  function parseBackReference(): SyntaxNode | null {
    // Without names, `\k` is a letter outside Unicode patterns.
    const isNamed = source.startsWith("\\k", position);
    if (isNamed && !unicode && groupsByName.size === 0) return null;
    const reference = take(BACK_REFERENCE);
    if (reference === null) return isNamed ? fail() : null;
    const [text, number, name] = reference;
    const group = name === undefined ? Number(number) : groupsByName.get(name) ?? fail();
    if (!unicode && group > groupTotal) {
      position -= text.length;
      return null;
    }
    hasBackReferences = true;
    translated += text;
    return { type: "backReference", group, ignoreCase: isOn("i") };
  }

  function parseCharacter(): SyntaxNode {
    const [text] = take(unicode ? UNICODE_CHARACTER : CHARACTER) as RegExpExecArray;
    translated += text;
    switch (text) {
      case "^":
      case "$": {
        const set = setOf(isOn("m") ? "." : ANY);
        return { type: "peek", set, behind: text === "^", ahead: text === "$", negated: true };
      }
      case "\\b":
      case "\\B":
        return { type: "peek", set: setOf("\\w", "i"), behind: true, ahead: true, negated: text === "\\B" };
      case ".":
        return { type: "character", set: setOf(text, "s") };
      case "\\":
        return { type: "character", set: setOf("\\\\") };
      default:
        return { type: "character", set: setOf(text, "i") };
    }
  }
}

/** What must be known of a pattern before it is parsed. */
interface ScannedPattern {
  /** The pattern with .NET's anchors in JavaScript's syntax. */
  readonly source: string;
  /** How many capturing groups there are. */
  readonly groupTotal: number;
  /** The number of each capturing group that has a name. */
  readonly groupsByName: ReadonlyMap<string, number>;
}

/** Reads a pattern once, from start to end. A piece without its end fails at once, so no text is read twice. */
function scanPattern(pattern: string): ScannedPattern {
  let source = "";
  let groupTotal = 0;
  const groupsByName = new Map<string, number>();
  for (let position = 0; position < pattern.length;) {
    let piece = pattern[position]!;
    if (piece === "\\") {
      piece = pattern.slice(position, position + 2);
    } else if (piece === "[") {
      piece = matchAt(CHARACTER_CLASS, pattern, position)?.[0] ?? fail();
    } else if (piece === "(") {
      const [text, , name] = matchAt(GROUP, pattern, position)!;
      if (text === "(" && pattern.startsWith("(?", position)) fail();
      if (text === "(" || name !== undefined) groupTotal++;
      if (name !== undefined) {
        // Only new hosts accept one name in several branches; a pattern must mean the same on all.
        if (groupsByName.has(name)) fail();
        groupsByName.set(name, groupTotal);
      }
      piece = text;
    }
    source += ANCHORS[piece] ?? piece;
    position += piece.length;
  }
  return { source, groupTotal, groupsByName };
}

function matchAt(token: RegExp, text: string, position: number): RegExpExecArray | null {
  token.lastIndex = position;
  return token.exec(text);
}

/** The error has no message, since it is never shown: a pattern that does not compile matches nothing. */
function fail(): never {
  throw new SyntaxError();
}
