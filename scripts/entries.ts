import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** One way into the package: where its source stands and what npm gets of it. */
export interface Entry {
  /** The subpath as users import it, `"."` or `"./server"`. */
  readonly name: string;
  /** The source, as deno.json exports it. */
  readonly source: string;
  /** The built module, as package.json exports it. */
  readonly module: string;
  /** The declarations beside it. */
  readonly types: string;
}

interface DenoJson {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
  readonly tasks: Readonly<Record<string, string>>;
}

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/**
 * Reads the package's entries out of deno.json (their sources) and package.json (what is built of them).
 *
 * @param folder The project's folder.
 * @throws {Error} When the two files tell different stories: another name, version, entry, task or dependency; or the code
 * states another version.
 */
export async function readEntries(folder = "."): Promise<Entry[]> {
  const deno = await readJson<DenoJson>(join(folder, "deno.json"));
  const npm = await readJson<PackageJson>(join(folder, "package.json"));
  const { "./package.json": _, ...built } = npm.exports;

  same("name", deno.name, npm.name);
  same("version", deno.version, npm.version);
  const [, stated] = /VERSION = "([^"]*)"/.exec(await readFile(join(folder, "src/version.ts"), "utf8")) ?? [];
  same("version", stated, npm.version, "src/version.ts");
  same("entries", Object.keys(deno.exports).sort(), Object.keys(built).sort());
  same("tasks", Object.keys(deno.tasks).sort(), Object.keys(npm.scripts).sort());
  const versions = { ...npm.devDependencies, ...npm.dependencies };
  for (const specifier of Object.values(deno.imports)) {
    const [, name = specifier, version] = /^npm:(@?[^@]+)@([^/]+)/.exec(specifier) ?? [];
    same(`version of ${name}`, version, versions[name]);
  }

  return Object.entries(built).map(([name, target]) => {
    if (typeof target === "string") throw new Error(`Cannot build ${name}: it needs types and a default`);
    return { name, source: deno.exports[name] ?? "", module: target.default, types: target.types };
  });
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, "utf8")) as T;
}

function same(what: string, found: unknown, inPackage: unknown, file = "deno.json"): void {
  const [left, right] = [JSON.stringify(found), JSON.stringify(inPackage)];
  if (left !== right) {
    throw new Error(`Cannot publish: the ${what} differs: ${left} in ${file}, ${right} in package.json`);
  }
}
