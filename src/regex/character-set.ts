/** The characters that one single-character piece of a pattern stands for: `a`, `.`, `\d`, `[^x-z]`. */
export interface CharacterSet {
  /** The piece as the pattern spells it. */
  readonly source: string;
  /** Whether the set contains a character; no set contains `undefined`, which stands for either end of a value. */
  has(code: number | undefined): boolean;
}

// Each slot remembers one character of its residue class. 128 give every ASCII character its own slot and any
// script's letters nearly so, and no value, however varied, can make the memory grow.
const SLOTS = 128;

/**
 * Returns the set a single-character piece of a JavaScript pattern stands for.
 *
 * The host's own engine decides, one character at a time: ranges, Unicode properties and case folding are then
 * exact by construction, and matching one character against one piece cannot take long.
 *
 * @param source A valid piece that matches exactly one character.
 * @param flags The `RegExp` flags it is read with.
 */
export function characterSet(source: string, flags: string): CharacterSet {
  let pattern: RegExp | undefined;
  let answers: Int32Array | undefined;
  return {
    source,
    has(code: number | undefined): boolean {
      if (code === undefined) return false;
      answers ??= new Int32Array(SLOTS).fill(-1);
      let answer = answers[code % SLOTS] as number;
      if (answer >> 1 !== code) {
        pattern ??= new RegExp(`^(?:${source})$`, flags);
        answer = code << 1 | Number(pattern.test(String.fromCodePoint(code)));
        answers[code % SLOTS] = answer;
      }
      return (answer & 1) === 1;
    },
  };
}

/**
 * Returns a value as the characters a pattern sees: code points under `unicode`, otherwise UTF-16 code units.
 *
 * A surrogate without its other half is a character of its own either way, as in ECMAScript's `RegExp`.
 */
export function characterCodes(value: string, unicode: boolean): Uint32Array {
  const codes = new Uint32Array(value.length);
  let length = 0;
  for (let index = 0; index < value.length; index++) {
    const code = (unicode ? value.codePointAt(index) : value.charCodeAt(index)) as number;
    if (code > 0xffff) index++;
    codes[length++] = code;
  }
  return codes.subarray(0, length);
}
