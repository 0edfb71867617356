import fc from "fast-check";

const CHARACTERS = [
  ..."abcKks1_ \n-{]",
  "\u212a", // the Kelvin sign, which folds to k under `iu`
  "\u017f", // the long s, which folds to s under `iu`
  "\u2028",
  "\x01",
  "\b",
  "\\",
  "A",
];
const ASTRAL_CHARACTERS = ["é", "É", "😀", "\ud83d"];

const PIECES = [
  ..."aabbc1._{}]",
  ..."^$",
  ...String.raw`\d \w \W \s \b \B \n \_ \/ \cA \c \k \x61 \u0062 \x6 \8 \01 \1 \2 \3 \u212a`.split(" "),
  ...String.raw`[ab] [^a] [a-c] [^] [] [\b] [a-\d] [\]a] [\1] a{ a{b}`.split(" "),
  "K",
  "s",
];
const UNICODE_PIECES = [
  ..."aabK.^$",
  ...String.raw`\p{L} \P{L} \p{Lu} [\p{Ll}1] [^\p{L}] \u{1F600} \ud83d\ude00 \ud83d \w \W \b \B \1 \u212a`
    .split(" "),
  "😀",
  "[😀a]",
];
const OPENINGS = ["(", "(", "(?:", "(?:", "(?=", "(?!", "(?<=", "(?<!"];
const QUANTIFIERS = [
  "*",
  "+",
  "?",
  "{2}",
  "{0}",
  "{0,2}",
  "{1,}",
  "{1,3}",
  "{2,1}",
  "*?",
  "+?",
  "??",
  "{1,2}?",
];

function grammar(pieces: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.constantFrom(...pieces);
  return fc.letrec<{ pattern: string }>((tie) => {
    const pattern = tie("pattern");
    return {
      pattern: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        { weight: 2, arbitrary: piece },
        {
          weight: 3,
          arbitrary: fc.array(pattern, { minLength: 2, maxLength: 4 }).map((parts) => parts.join("")),
        },
        {
          weight: 3,
          arbitrary: fc.tuple(fc.constantFrom(...OPENINGS), fc.array(pattern, { minLength: 1, maxLength: 3 }))
            .map(([opening, branches]) => `${opening}${branches.join("|")})`),
        },
        {
          weight: 3,
          arbitrary: fc.tuple(fc.constantFrom("(?:", "("), pattern, fc.constantFrom(...QUANTIFIERS))
            .map(([opening, body, quantifier]) => `${opening}${body})${quantifier}`),
        },
        {
          weight: 2,
          arbitrary: fc.tuple(piece, fc.constantFrom(...QUANTIFIERS)).map((parts) => parts.join("")),
        },
        { weight: 1, arbitrary: pattern.map((body) => `(?<n>${body})\\k<n>`) },
      ),
    };
  })
    .pattern
    // A name used twice is refused on every host, though new ones would take some.
    .filter((pattern) => pattern.split("(?<n>").length < 3);
}

/** Patterns in JavaScript's syntax without the `u` flag; some do not compile. */
export const javaScriptPattern: fc.Arbitrary<string> = grammar(PIECES);

/** Patterns with at least one property escape; some do not compile. */
export const unicodePattern: fc.Arbitrary<string> = grammar(UNICODE_PIECES)
  .filter((pattern) => /\\p\{/i.test(pattern));

/** Combinations of the flags that can be set inline. */
export const inlineFlags: fc.Arbitrary<string> = fc.constantFrom("", "", "i", "s", "m", "im", "is", "ims");

/** Short values, rich in what the patterns ask for. */
export const shortValue: fc.Arbitrary<string> = fc.string({
  unit: fc.constantFrom(...CHARACTERS),
  maxLength: 9,
});

/** Short values with characters beyond the Basic Multilingual Plane, and halves of them. */
export const astralValue: fc.Arbitrary<string> = fc.string({
  unit: fc.constantFrom(...CHARACTERS, ...ASTRAL_CHARACTERS),
  maxLength: 9,
});
