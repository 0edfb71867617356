import fc from "fast-check";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { declareFlags, declareOpenFeatureKeys } from "../../../../src/cli/pull/declare-flags.ts";
import type { WireFlag } from "../../../../src/server/mod.ts";
import { PROPERTY_TIMEOUT, runs } from "../../../support/runs.ts";

function flagOf(key: string, type: string, ...values: unknown[]): WireFlag {
  return {
    key,
    type,
    enabled: true,
    variations: values.map((value, index) => ({ key: String(index), value })),
    fallthrough: { type: "Fixed", variation: "0" },
  };
}

/** What stands in the place of one flag's type. */
function typeOf(flag: WireFlag): string {
  const declared = declareFlags({ flags: [flag] });
  return /: ([^]*);\n\}\n$/.exec(declared)![1]!;
}

/** The faults that the compiler finds in a text. */
function faultsOf(text: string): string[] {
  const name = "/flags.ts";
  const options = {
    strict: true,
    noEmit: true,
    exactOptionalPropertyTypes: true,
    target: ts.ScriptTarget.ES2022,
    // Of what an environment has beside the language, nothing is declared.
    lib: ["lib.es2022.d.ts"],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (path, ...rest) =>
    path === name
      ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022)
      : getSourceFile.call(host, path, ...rest);
  const program = ts.createProgram([name], { ...options, types: [] }, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) =>
    ts.flattenDiagnosticMessageText(messageText, "\n")
  );
}

describe("declareFlags()", () => {
  it.each<[string, unknown[], string]>([
    ["Boolean", [true, false], "boolean"],
    ["String", ["free", "pro"], `"free" | "pro"`],
    ["Number", [1, 2.5], "number"],
    ["Json", ["a", 1, true], "string | number | boolean"],
    ["Json", [{ a: 1 }, { a: 2 }], `{\n    readonly "a": number;\n  }`],
    ["Json", [{ a: 1 }, { b: "x" }], `{\n    readonly "a"?: number;\n    readonly "b"?: string;\n  }`],
    ["Json", [{ valueOf: 1 }, { valueOf: 2 }], `{\n    readonly "valueOf": number;\n  }`],
    ["Json", [{ valueOf: 1 }, {}], `{\n    readonly "valueOf"?: unknown;\n  }`],
    ["Json", [["a"], []], "readonly string[]"],
    ["Json", [["a", 1]], "readonly (string | number)[]"],
    ["Json", [[]], "readonly unknown[]"],
    ["Json", [[["a"]]], "readonly (readonly string[])[]"],
    ["Json", [[null, { a: null }]], `readonly (null | {\n    readonly "a": null;\n  })[]`],
    ["Json", [{}], "Readonly<Record<string, unknown>>"],
    ["Boolean", [], "boolean"],
    ["STRING", [], "string"],
    ["Number", [null], "number"],
    ["Json", [null], "unknown"],
    ["Flavour", ["vanilla"], "string"],
  ])("gives a %s flag that serves %j the type %s", (type, values, expected) => {
    expect(typeOf(flagOf("f", type, ...values))).toBe(expected);
  });

  it("names every key as it is, whatever its spelling, and in text that shows all of it", () => {
    const flags = fc.uniqueArray(fc.string({ unit: "binary" }), { maxLength: 6 });
    fc.assert(
      fc.property(flags, (keys) => {
        const text = declareFlags({ flags: keys.map((key) => flagOf(key, "Boolean", true)) });
        const source = ts.createSourceFile("flags.ts", text, ts.ScriptTarget.ES2022);
        const [declared] = source.statements;
        expect(source.statements).toHaveLength(1);
        if (declared === undefined || !ts.isInterfaceDeclaration(declared)) throw new Error("no interface");
        const names = declared.members.map(({ name }) => ts.isStringLiteral(name!) ? name.text : undefined);
        expect(names, "in order, whatever the service lists first").toEqual(keys.toSorted());
        expect(text).not.toMatch(/[\u0080-\u009f\u202a-\u202e\u2066-\u2069\u2028\u2029]/);
      }),
      { numRuns: runs(300) },
    );
  }, PROPERTY_TIMEOUT);

  it("declares types that every served value is of", () => {
    const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
    // One program for all of them: the compiler takes a second to start.
    const samples = fc.sample(fc.array(json, { minLength: 1, maxLength: 4 }), 60);
    const flags = [
      ...samples.map((values, index) => flagOf(`f${index}`, "Json", ...values)),
      flagOf("__proto__", "String", "</script>", "`${1}`", "*/", "\u202e"),
      flagOf("constructor", "Boolean", true, false),
      flagOf("toString", "Json", { toString: ["a"] }, {}, { hasOwnProperty: { valueOf: 1 } }),
      flagOf("*/ alert(1) /*", "Number", 1e21, -0.5),
    ];
    const uses = flags.flatMap(({ key, variations }) =>
      variations.filter(({ value }) => value !== null)
        .map(({ value }) => `use<Flags[${JSON.stringify(key)}]>(${JSON.stringify(value)});`)
    );
    const use = "declare function use<T>(value: T): void;";
    // A fresh literal may have no property that its type does not know; `__proto__: x` in one sets a prototype instead.
    const text = [declareFlags({ flags }), use, ...uses.filter((line) => !line.includes(`"__proto__":`))]
      .join("\n");
    expect(faultsOf(text), text).toEqual([]);
    expect(faultsOf(`${text}\nuse<Flags["constructor"]>("yes");`)).toHaveLength(1);
  }, PROPERTY_TIMEOUT);

  it("takes the last of two flags with one key, as clients do (contract §2.1)", () => {
    const flags = [flagOf("f", "Boolean", true), flagOf("f", "Number", 1)];
    expect(declareFlags({ flags })).toContain(`{\n  readonly "f": number;\n}`);
  });
});

describe("declareOpenFeatureKeys()", () => {
  it("declares each key for the kinds of values that the flag serves", () => {
    const flags = [
      flagOf("tier", "String", "free", "pro"),
      flagOf("limits", "Json", { a: 1 }, null, [1]),
      flagOf("mixed", "Json", { a: 1 }, "off"),
      flagOf("dark-mode", "Boolean", true, false),
      flagOf('a "quoted" key', "Boolean"),
      flagOf("nothing", "Json", null),
    ];
    expect(declareOpenFeatureKeys({ flags })).toBe(
      `// Generated by \`featureflip pull --openfeature\`. Do not edit.
import "@openfeature/core";

declare module "@openfeature/core" {
  export type BooleanFlagKey =
    | "a \\"quoted\\" key"
    | "dark-mode";
  export type StringFlagKey =
    | "mixed"
    | "tier";
  export type NumberFlagKey = never;
  export type ObjectFlagKey =
    | "limits"
    | "mixed"
    | "nothing";
}
`,
    );
  });
});
