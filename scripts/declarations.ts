import { readFile, writeFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import process from "node:process";
import { rollup } from "rollup";
import { dts } from "rollup-plugin-dts";
import ts from "typescript";
import { readEntries } from "./entries.ts";
import type { Entry } from "./entries.ts";

// Clients are async disposable, which the `lib` of a consumer who targets ES2022 does not know.
const BANNER = `/// <reference lib="esnext.disposable" />`;

/** Modules of one entry; what all others declare is in one file, which the entries import. */
const OWN = /\/(?:mod|src\/(?:adapters\/(?!shared\/)|server\/|evaluate\/|testing\/|cli\/).*)\.d\.ts$/;

/**
 * Writes a declaration file for each entry to `outdir`. What several entries declare stands once: a class with private
 * fields that two files declare would be two types.
 */
export async function bundleDeclarations(outdir: string): Promise<void> {
  const entries = await readEntries();
  const declarations = emitDeclarations(entries.map(({ source }) => source));
  const bundle = await rollup({
    input: Object.fromEntries(entries.map((entry) => [nameOf(entry), toDeclaration(entry.source)])),
    plugins: [{
      name: "declarations",
      resolveId(id, importer) {
        const path = importer === undefined ? resolve(id) : resolve(importer, "..", toDeclaration(id));
        return declarations.has(path) ? path : { id, external: true };
      },
      load: (id) => declarations.get(id),
    }, dts()],
    // The command exports nothing.
    onLog: (level, log, print) => log.code === "EMPTY_BUNDLE" ? undefined : print(level, log),
  });
  await bundle.write({
    dir: outdir,
    entryFileNames: "[name].d.ts",
    chunkFileNames: "[name].d.ts",
    manualChunks: (path) => OWN.test(path) ? undefined : "shared",
    minifyInternalExports: false,
    banner: BANNER,
  });
  for (const name of ["shared", ...entries.filter(({ isCommonJs }) => isCommonJs).map(nameOf)]) {
    const text = await readFile(`${outdir}/${name}.d.ts`, "utf8");
    await writeFile(`${outdir}/${name}.d.cts`, text.replaceAll(/(from '\.\/[\w-]+)\.js'/g, "$1.cjs'"));
  }
}

function nameOf({ types }: Entry): string {
  return basename(types, ".d.ts");
}

/** What TypeScript emits for each module; `npm run check` reports what is wrong with the types. */
function emitDeclarations(sources: readonly string[]): ReadonlyMap<string, string> {
  const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, process.cwd());
  const declarations = new Map<string, string>();
  const program = ts.createProgram(sources, { ...options, noEmit: false, emitDeclarationOnly: true });
  program.emit(undefined, (path, text) => declarations.set(resolve(path), text));
  return declarations;
}

function toDeclaration(path: string): string {
  return path.replace(/\.ts$/, ".d.ts");
}
