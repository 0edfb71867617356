import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  findDuplicateNames,
  outlineJson,
  parseJson,
  parseJsonText,
} from "../../../../src/cli/json/parse-json-text.ts";
import type { JsonNode } from "../../../../src/cli/json/parse-json-text.ts";
import { PROPERTY_TIMEOUT, runs } from "../../../support/runs.ts";

describe("parseJsonText()", () => {
  it("takes what JSON.parse takes; beyond that only comments and commas after the last member", () => {
    const texts = fc.oneof(
      fc.json(),
      fc.string(),
      fc.tuple(fc.json(), fc.nat(), fc.constantFrom("", ",", "}", "]", "'", "01", "\n", "\u0001", "//"))
        .map(([text, at, by]) =>
          text.slice(0, at % (text.length + 1)) + by + text.slice(1 + at % (text.length + 1))
        ),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const takes = (parse: (text: string) => unknown): boolean => {
          try {
            parse(text);
            return true;
          } catch {
            return false;
          }
        };
        if (takes(JSON.parse) || !takes(parseJsonText)) expect(takes(parseJsonText)).toBe(takes(JSON.parse));
        else expect(() => parseJson(text), "what only JSONC takes").not.toThrow();
      }),
      { numRuns: runs(2_000) },
    );
  }, PROPERTY_TIMEOUT);

  it.each([
    ['{\n  "a": 1,,\n}', 'line 2, column 10: expected a name in double quotes, but found ","'],
    ['\uFEFF{"a": }', 'line 1, column 7: expected a value, but found "}"'],
    ["{ /* open", 'line 1, column 3: expected a name in double quotes, but found "/"'],
    ['{"a": 1 "b": 2}', 'line 1, column 9: expected "," or "}", but found "\\""'],
    ["[1, 2", 'line 1, column 6: expected "," or "]", but found the end'],
    ["", "line 1, column 1: expected a value, but found the end"],
    ["{} {}", 'line 1, column 4: expected the end, but found "{"'],
    ["['a']", 'line 1, column 2: expected a value, but found "\'"'],
  ])("says where %j is wrong, and what should stand there", (text, message) => {
    expect(() => parseJsonText(text)).toThrow(message);
  });

  it("refuses what is nested too deeply instead of running out of stack", () => {
    expect(() => parseJsonText("[".repeat(100_000))).toThrow("no more than 500 levels");
  });
});

describe("outlineJson()", () => {
  const all = ({ start, end, members }: JsonNode): unknown => [
    start,
    end,
    members?.map(({ key, start, value }) => [key, start, all(value)]),
  ];

  it("finds the positions that parseJsonText() finds in valid texts, comments included", () => {
    const spaced = fc.tuple(fc.json(), fc.constantFrom("", "\n", ' // }]"\n', '/* { [ " */'), fc.boolean())
      .map((
        [text, space, isLast],
      ) =>
        text.replaceAll(
          /"(?:[^"\\]|\\[^])*"|[[\]{},:]/g,
          (token) => isLast && /[}\]]/.test(token) ? `${space}${token}${space}` : `${token}${space}`,
        )
      );
    fc.assert(
      fc.property(fc.oneof(fc.json(), spaced), (text) => {
        expect(all(outlineJson(text))).toEqual(all(parseJsonText(text)));
      }),
      { numRuns: runs(1_000) },
    );
  }, PROPERTY_TIMEOUT);

  it.each(['\uFEFF{"a": [1, {"b": "\\"]"}, ], }', `[${"1".repeat(1_000)}]`, "{}", "[ ]", '"\\\\"', "-1.5e3"])(
    "does so in %s",
    (text) => expect(all(outlineJson(text))).toEqual(all(parseJsonText(text))),
  );
});

describe("parseJson()", () => {
  it.each<[string, unknown]>([
    ['// first\n{ "a": 1, /* b */ "b": [1, 2,], }', { a: 1, b: [1, 2] }],
    ['{ "url": "http://x", "glob": "/* no */", "quote": "\\"//", "list": ",]" } // end', {
      url: "http://x",
      glob: "/* no */",
      quote: '"//',
      list: ",]",
    }],
    ['\uFEFF{ "__proto__": 1, }', JSON.parse('{"__proto__":1}')],
    ["/**/ [ // one\r\n 1 /* , */ , ] ", [1]],
  ])("parses %j", (text, value) => {
    expect(parseJson(text)).toEqual(value);
  });

  it("does not need a comment's end to be searched again and again", () => {
    const start = performance.now();
    expect(() => parseJson("/* ".repeat(50_000))).toThrow("line 1, column 1: expected a value");
    expect(() => parseJson(`["${"a".repeat(5_000_000)}", x]`)).toThrow("expected a value");
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});

describe("findDuplicateNames()", () => {
  const duplicatesIn = (text: string): readonly string[] => findDuplicateNames(text, parseJson(text));

  it("names the line and column of each, in nested objects too", () => {
    expect(duplicatesIn('{\n  "a": 1,\n  "b": [{ "c": 1, "c": 2 }],\n  "a": 3\n}')).toEqual([
      'line 3, column 19: "c" is defined twice, the last one counts',
      'line 4, column 3: "a" is defined twice, the last one counts',
    ]);
    expect(duplicatesIn('{ "a": { "x": 1 }, "b": { "x": 1 } }')).toEqual([]);
  });

  it("is not misled by colons in texts and comments, by odd names, or by what a duplicate hides", () => {
    expect(duplicatesIn('\uFEFF{ "a:b": ":", // "x": 1\n /* : */ "c\\"": [{ ":": 1 }, 2, null] }')).toEqual(
      [],
    );
    expect(duplicatesIn('{ "__proto__": 1, "__proto__": 2 }')).toHaveLength(1);
    expect(duplicatesIn('{ "a": { "x": 1, "y": 2 }, "a": 1 }')).toHaveLength(1);
    expect(duplicatesIn('{ "a": 1, /* : */ "a": { "x": 1 }, }')).toHaveLength(1);
  });

  it("finds a name twice wherever there is one", () => {
    const name = fc.constantFrom("a", "b", "c", "__proto__", "toString");
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        fc.constantFrom("1", '":"', "null"),
        fc.array(tie("value") as fc.Arbitrary<string>, { maxLength: 3 }).map((items) => `[${items.join()}]`),
        fc.array(fc.tuple(name, tie("value") as fc.Arbitrary<string>), { maxLength: 4 }).map((members) =>
          `{${members.map(([name, value]) => `"${name}":${value}`).join()}}`
        ),
      ),
    }));
    const hasTwice = ({ members = [] }: JsonNode): boolean => {
      const names = members.flatMap(({ key }) => key ?? []);
      return new Set(names).size < names.length || members.some(({ value }) => hasTwice(value));
    };
    fc.assert(
      fc.property(value, (text) => {
        expect(duplicatesIn(text as string).length > 0).toBe(hasTwice(parseJsonText(text as string)));
      }),
      { numRuns: runs(200) },
    );
  }, PROPERTY_TIMEOUT);
});
