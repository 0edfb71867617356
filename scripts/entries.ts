import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** One entry of the package: its source, and what npm gets for it. */
export interface Entry {
  /** The subpath that users import, `"."` or `"./server"`. */
  readonly name: string;
  /** The source module, `"./mod.ts"`. */
  readonly source: string;
  /** The built module, `"./dist/mod.js"`. */
  readonly module: string;
  /** The built declarations. */
  readonly types: string;
}

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<
    Record<string, string | Readonly<Record<"source" | "types" | "default", string>>>
  >;
  readonly devDependencies: Readonly<Record<string, string>>;
}

interface DenoJson {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
}

/**
 * Reads the package's entries from package.json, which is the one list of them.
 *
 * @param folder The project's folder.
 * @throws {Error} When deno.json, which JSR reads, differs in name, version, entries or versions of dependencies; or
 * when src/version.ts states another version.
 */
export async function readEntries(folder = "."): Promise<Entry[]> {
  const read = (path: string): Promise<string> => readFile(join(folder, path), "utf8");
  const npm: PackageJson = JSON.parse(await read("package.json"));
  const deno: DenoJson = JSON.parse(await read("deno.json"));
  const entries = Object.entries(npm.exports).flatMap(([name, target]) => {
    return typeof target === "string"
      ? []
      : [{ name, source: target.source, module: target.default, types: target.types }];
  });

  const stated = /VERSION = "([^"]*)"/.exec(await read("src/version.ts"))?.[1];
  expectSame("the name", deno.name, npm.name);
  expectSame("the version", deno.version, npm.version);
  expectSame("the version in src/version.ts", stated, npm.version);
  expectSame("exports", deno.exports, Object.fromEntries(entries.map(({ name, source }) => [name, source])));
  for (const specifier of Object.values(deno.imports)) {
    const [, name = specifier, version] = /^npm:(@?[^@]+)@([^/]+)/.exec(specifier) ?? [];
    expectSame(`the version of ${name}`, version, npm.devDependencies[name]);
  }
  return entries;
}

function expectSame(what: string, found: unknown, inPackage: unknown): void {
  const [left, right] = [found, inPackage].map((value) => JSON.stringify(value));
  if (left !== right) {
    throw new Error(`Cannot read entries: ${what} must be ${right}, as in package.json, but is ${left}`);
  }
}
