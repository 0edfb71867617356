import { type CharacterSet, characterSet } from "./character-set.ts";

/** A pattern's syntax tree. */
export type SyntaxNode =
  | Leaf
  | Repeat
  | { readonly type: "sequence"; readonly items: readonly SyntaxNode[] }
  | { readonly type: "alternation"; readonly branches: readonly SyntaxNode[] };

/** A piece that becomes one state of the automaton. */
export type Leaf = Character | Peek | Look | Save | BackReference;

interface Character {
  readonly type: "character";
  readonly set: CharacterSet;
}

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

/** Either end of a capturing group: writes the position into a register. */
interface Save {
  readonly type: "save";
  readonly register: number;
}

/** Matches again what lies between the positions in a register and the one after it. */
interface BackReference {
  readonly type: "backReference";
  readonly register: number;
  readonly ignoreCase: boolean;
}

/** A quantified piece; `max` may be infinite. The groups inside have the registers from `groupsFrom` up to `groupsTo`. */
export interface Repeat {
  readonly type: "repeat";
  readonly body: SyntaxNode;
  readonly min: number;
  readonly max: number;
  readonly greedy: boolean;
  /** Where the start of an iteration is kept. */
  readonly register: number;
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
  /** Two registers a group, its start and end, then one a quantified piece. */
  readonly registers: number;
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
// Sticky, like all that follow but the last: each reads one piece at a position, so that no text is read twice.
const GROUP = /\((?:\?(?:(<?[=!])|<([^>]*)>|(?!\))([ims]*)(?:-([ims]+))?([:)]))?)?/y;
const QUANTIFIER = /(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})(\??)/y;
const BACK_REFERENCE = /\\(?:([1-9]\d*)|k<([^>]*)>)/y;
// `\c` before anything but a letter is a backslash, with the `c` a character of its own.
const CHARACTER =
  /\\(?:c[a-zA-Z]|x[\da-fA-F]{2}|u[\da-fA-F]{4}|[0-3][0-7]{0,2}|[4-7][0-7]?|(?=c)|[^])|\[(?:\\[^]|[^\]\\])*\]|[^]/y;
// Strict syntax leaves no doubt where an escape ends.
const UNICODE_CHARACTER =
  /\\(?:c.|x..|u\{[\da-fA-F]+\}|u[dD][89abAB]..\\u[dD][c-fC-F]..|u.{4}|[pP]\{[\w=]+\}|[^])|\[(?:\\[^]|[^\]\\])*\]|[^]/uy;

// What may hold a bracket that opens no group, a group's opening, or any other character.
const PIECE = new RegExp(String.raw`\\[^]|\[(?:\\[^]|[^\]\\])*\]|${GROUP.source}|[^]`, "g");

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
  const unicode = UNICODE_PROPERTY.test(pattern);
  // The pattern with .NET's anchors in JavaScript's syntax, and the same without inline flags.
  let source = "";
  let withoutFlags = "";
  let groupTotal = 0;
  const groupsByName = new Map<string, number>();
  for (const [piece, , name, , , end] of pattern.matchAll(PIECE)) {
    if (piece === "(?" || piece === "[") fail();
    if (piece === "(" || name !== undefined) groupTotal++;
    if (name !== undefined) {
      // Only new hosts accept one name in several branches; a pattern must mean the same on all.
      if (groupsByName.has(name)) fail();
      groupsByName.set(name, groupTotal);
    }
    const text = ANCHORS[piece] ?? piece;
    source += text;
    withoutFlags += end ? `(?:${end === ")" ? end : ""}` : text;
  }

  // The flags that mattered somewhere, as "i" where they were on and "-i" where they were off.
  const seen = new Set<string>();
  let flags = "";
  let position = 0;
  let nesting = 0;
  let nextGroup = 0;
  let registers = groupTotal * 2;
  let hasBackReferences = false;

  const root = parseAlternation();
  const nativeFlags = [..."ims"].filter((flag) => seen.has(flag));
  // Refuses whatever is not valid, such as brackets without their counterpart.
  const native = new RegExp(withoutFlags, nativeFlags.join("") + (unicode ? "u" : ""));
  const isMixed = nativeFlags.some((flag) => seen.has(`-${flag}`));
  return { root, native: isMixed ? null : native, unicode, registers, hasBackReferences };

  function take(token: RegExp): RegExpExecArray | null {
    token.lastIndex = position;
    const match = token.exec(source);
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
      position++;
      branches.push(parseSequence());
    }
    nesting--;
    return branches.length > 1 ? { type: "alternation", branches } : branches[0] as SyntaxNode;
  }

  function parseSequence(): SyntaxNode {
    const items: SyntaxNode[] = [];
    while (position < source.length && source[position] !== "|" && source[position] !== ")") {
      const groupsFrom = nextGroup;
      const group = take(GROUP);
      const body = group !== null ? parseGroup(group) : parseBackReference() ?? parseCharacter();
      const quantifier = take(QUANTIFIER);
      if (quantifier === null) {
        if (body !== null) items.push(body);
        continue;
      }
      if (body === null) fail();
      const [, symbol, from, comma, to, lazy] = quantifier;
      items.push({
        type: "repeat",
        body,
        min: Number(from ?? symbol === "+"),
        max: symbol === "?" ? 1 : Number(symbol || comma ? to || Infinity : from),
        greedy: !lazy,
        register: registers++,
        groupsFrom,
        groupsTo: nextGroup,
      });
    }
    return items.length === 1 ? items[0] as SyntaxNode : { type: "sequence", items };
  }

  /** Null for inline flags up to the end of the enclosing group: nothing that could be repeated. */
  function parseGroup([text, look, name, on, off, end]: RegExpExecArray): SyntaxNode | null {
    const outerFlags = flags;
    if (end) {
      flags = [..."ims"].filter((flag) => (flags + on).includes(flag) && !off?.includes(flag)).join("");
    }
    if (end === ")") return null;
    const isCapturing = name !== undefined || text === "(";
    const register = nextGroup;
    if (isCapturing) nextGroup += 2;
    const body = parseAlternation();
    position++;
    flags = outerFlags;
    if (isCapturing) {
      return {
        type: "sequence",
        items: [{ type: "save", register }, body, { type: "save", register: register + 1 }],
      };
    }
    if (look === undefined) return body;
    const behind = look.length > 1;
    const negated = look.endsWith("!");
    return body.type === "character"
      ? { type: "peek", set: body.set, behind, ahead: !behind, negated }
      : { type: "look", behind, negated, body };
  }

  function parseBackReference(): SyntaxNode | null {
    // Without names, `\k` is a letter outside Unicode patterns.
    if (!unicode && groupsByName.size === 0 && source.startsWith("\\k", position)) return null;
    const reference = take(BACK_REFERENCE);
    if (reference === null) return null;
    const [text, number, name] = reference;
    const group = name === undefined ? Number(number) : groupsByName.get(name) ?? fail();
    if (group > groupTotal) {
      position -= text.length;
      return null;
    }
    hasBackReferences = true;
    return { type: "backReference", register: group * 2 - 2, ignoreCase: isOn("i") };
  }

  function parseCharacter(): SyntaxNode {
    const [text] = take(unicode ? UNICODE_CHARACTER : CHARACTER) as RegExpExecArray;
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

/** The error has no message, since it is never shown: a pattern that does not compile matches nothing. */
function fail(): never {
  throw new SyntaxError();
}
