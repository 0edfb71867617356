import { readdir, readFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { join, posix, resolve } from "node:path";
import ts from "typescript";

/** All that a package holds. Tests, sources and source maps are not part of it. */
const BELONGS =
  /^(?:package\.json|README\.md|CHANGELOG\.md|LICENSE|dist\/(?:[^.][^/]*\/)*[\w-]+(?:\.js|\.d\.ts|\.LICENSES\.txt))$/;

const NEEDED = ["README.md", "CHANGELOG.md", "LICENSE"] as const;

interface Manifest {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** Finds what is wrong with a package as npm hands it out, in the folder that it was unpacked into. */
export async function findPackageProblems(folder: string): Promise<string[]> {
  const listed = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = new Set(
    listed.filter((entry) => entry.isFile())
      .map((entry) =>
        join(entry.parentPath, entry.name).slice(join(folder).length + 1).replaceAll("\\", "/")
      ),
  );
  const read = (path: string): Promise<string> => readFile(join(folder, path), "utf8");
  const manifest: Manifest = JSON.parse(await read("package.json"));
  const ranges = Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies });
  const packages = new Set(ranges.map(([name]) => name));

  const problems = [
    ...[...files].filter((path) => !BELONGS.test(path)).map((path) => `${path} does not belong there`),
    ...NEEDED.filter((path) => !files.has(path)).map((path) => `${path} is missing`),
    ...entryProblems(manifest, files),
    ...ranges.filter(([, range]) => /^(?:file|link|workspace):/.test(range))
      .map(([name, range]) => `${name} is ${range}, which nobody else has`),
  ];
  if (manifest.private === true) problems.push("It is private");
  for (const path of Object.values(manifest.bin ?? {})) {
    if (files.has(path) && !(await read(path)).startsWith("#!")) problems.push(`${path} is no program`);
  }
  for (const path of files) {
    if (!/\.(?:js|d\.ts)$/.test(path)) continue;
    const text = await read(path);
    const missing = importsOf(text).filter((specifier) => {
      if (!specifier.startsWith(".")) return !isProvided(specifier, packages);
      return path.endsWith(".js")
        ? !files.has(posix.join(posix.dirname(path), specifier))
        : !isDeclared(specifier, resolve(folder, path));
    });
    const map = /^\/\/# sourceMappingURL=(?!data:)(\S+)$/m.exec(text)?.[1];
    if (map !== undefined && !files.has(posix.join(posix.dirname(path), map))) missing.push(map);
    problems.push(
      ...missing.map((specifier) => `${path} refers to ${specifier}, which does not come with it`),
    );
  }
  return problems;
}

/** Each entry leads to a module and to its types, each program to a file. */
function entryProblems({ exports, bin = {} }: Manifest, files: ReadonlySet<string>): string[] {
  const problems: string[] = [];
  const check = (what: string, target: string | undefined): void => {
    if (target === undefined) problems.push(`${what} leads nowhere`);
    else if (!files.has(posix.normalize(target))) {
      problems.push(`${what} leads to ${target}, which is missing`);
    }
  };
  for (const [name, target] of Object.entries(exports)) {
    if (typeof target === "string") check(name, target);
    else {
      check(`${name}, types`, target.types);
      check(name, target.default);
    }
  }
  for (const [name, target] of Object.entries(bin)) check(`The command ${name}`, target);
  return problems;
}

function importsOf(text: string): string[] {
  const { importedFiles } = ts.preProcessFile(text, true, true);
  return [...new Set(importedFiles.map(({ fileName }) => fileName))];
}

/** Whether a host brings it, or npm installs it with the package or beside it. */
function isProvided(specifier: string, packages: ReadonlySet<string>): boolean {
  const [name = specifier] = /^(?:@[^/]+\/)?[^/]+/.exec(specifier) ?? [];
  return isBuiltin(specifier) || specifier.startsWith("cloudflare:") || packages.has(name);
}

/** Whether TypeScript finds the declarations. */
function isDeclared(specifier: string, importer: string): boolean {
  const options = { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext };
  return ts.resolveModuleName(specifier, importer, options, ts.sys).resolvedModule !== undefined;
}
