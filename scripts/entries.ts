import { readFile } from "node:fs/promises";

/**
 * One entry of the package: the subpath that users import (`"./server"`), its source module (`"./src/server/mod.ts"`), the
 * built module and the built declarations (`"./dist/server.js"`, `"./dist/server.d.ts"`).
 */
export interface Entry extends Readonly<Record<"name" | "source" | "module" | "types", string>> {
  /** Whether there is also a CommonJS build: `"./dist/mod.cjs"`, `"./dist/mod.d.cts"`. */
  readonly isCommonJs: boolean;
  /** Whether there is also a build for request-scoped runtimes: `"./dist/edge/mod.js"`. */
  readonly hasEdge: boolean;
}

interface Targets extends Readonly<Record<"source" | "default", string>> {
  readonly workerd?: string;
  readonly types: string | Readonly<Record<"require" | "default", string>>;
}

/**
 * Reads the package's entries from package.json, which is the one list of them.
 *
 * @throws {Error} When deno.json, which JSR reads, differs in name, version, entries or versions of dependencies; or
 * when src/version.ts states another version.
 */
export async function readEntries(): Promise<Entry[]> {
  const npm = JSON.parse(await readFile("package.json", "utf8"));
  const deno = JSON.parse(await readFile("deno.json", "utf8"));
  const entries = Object.entries<string | Targets>(npm.exports).flatMap(([name, targets]) => {
    if (typeof targets === "string") return [];
    const { source, types, workerd, default: module } = targets;
    const isCommonJs = typeof types !== "string";
    return [{
      name,
      source,
      module,
      types: isCommonJs ? types.default : types,
      isCommonJs,
      hasEdge: workerd?.includes("/edge/") ?? false,
    }];
  });

  const stated = /VERSION = "([^"]*)"/.exec(await readFile("src/version.ts", "utf8"))?.[1];
  expectSame("the name", deno.name, npm.name);
  expectSame("the version", deno.version, npm.version);
  expectSame("the version in src/version.ts", stated, npm.version);
  expectSame("exports", deno.exports, Object.fromEntries(entries.map(({ name, source }) => [name, source])));
  for (const specifier of Object.values<string>(deno.imports)) {
    const [, name = specifier, version] = /^npm:(@?[^@]+)@([^/]+)/.exec(specifier) ?? [];
    expectSame(`the version of ${name}`, version, npm.devDependencies[name]);
  }
  return entries;
}

function expectSame(what: string, found: unknown, inPackage: unknown): void {
  const [left, right] = [found, inPackage].map((value) => JSON.stringify(value));
  if (left === right) return;
  throw new Error(`Cannot read entries: ${what} must be ${right}, as in package.json, but is ${left}`);
}
