import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { basename, relative, resolve } from "node:path";
import { build } from "esbuild";
import type { Metafile, Plugin } from "esbuild";
import { minify } from "terser";
import { readEntries } from "./entries.ts";
import type { Entry } from "./entries.ts";
import { defineWhenUsed } from "./lazy-classes.ts";

/** What must exist once, whichever entries an application imports, since `instanceof` compares classes. */
const CLASSES = /^src\/(?:client\/client|errors\/(?:configuration|featureflip|initialization)-error)\.ts$/;

/** The name of a private method where it is declared; three letters at least, since the names that terser makes have fewer. */
const PRIVATE_METHOD = /(?<=^ +(?:static |async |get |set |\*)*#)\w{3,}(?=\()/gm;

const COMMON = {
  bundle: true,
  format: "esm",
  legalComments: "none",
  metafile: true,
} as const;

/**
 * Bundles the package into `outdir`. The client is one file, since Node takes more than a millisecond for each file that it
 * imports. `./evaluate` is one file too, since it must not load the client. The other entries share chunks; the command is
 * one program. `edge/` is the build without a background: it is bundled again, so there all entries share chunks. All code
 * of other packages is included; of peer dependencies only types are imported. Returns what the files are made of.
 */
export async function bundle(outdir: string): Promise<Metafile> {
  const entries = await readEntries();
  const alone = entries.filter(({ name }) => name === "." || name === "./evaluate");
  const others = entries.filter((entry) => !alone.includes(entry) && entry.name !== "./cli");
  const parts = await Promise.all([
    ...alone.map((entry) => bundleModules(outdir, [entry])),
    bundleModules(`${outdir}/edge`, entries.filter(({ hasEdge }) => hasEdge), takeEdgeFiles),
    bundleModules(outdir, others, importClasses),
    // For what loads CommonJS only, such as Jest; Node's own require() takes the modules.
    build({
      ...COMMON,
      format: "cjs",
      entryPoints: outputNames(entries.filter(({ isCommonJs }) => isCommonJs)),
      outdir,
      outExtension: { ".js": ".cjs" },
      platform: "node",
      target: "node20",
      minifyWhitespace: true,
      minifySyntax: true,
    }),
    build({
      ...COMMON,
      entryPoints: outputNames(entries.filter(({ name }) => name === "./cli")),
      outdir,
      platform: "node",
      target: "node20",
      banner: { js: "#!/usr/bin/env node" },
      charset: "utf8",
    }),
  ]);
  const inputs = Object.assign({}, ...parts.map(({ metafile }) => metafile.inputs));
  const outputs = Object.assign({}, ...parts.map(({ metafile }) => metafile.outputs));
  return { inputs, outputs };
}

async function bundleModules(
  outdir: string,
  entries: readonly Entry[],
  ...plugins: Plugin[]
): Promise<{ metafile: Metafile }> {
  const result = await build({
    ...COMMON,
    plugins,
    entryPoints: outputNames(entries),
    outdir,
    external: ["node:*", "cloudflare:*"],
    splitting: true,
    chunkNames: "[name]-[hash]",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2022",
    sourcemap: "external",
    minifySyntax: true,
  });
  const paths = Object.keys(result.metafile.outputs);
  await Promise.all(paths.filter((path) => path.endsWith(".js")).map(shortenLocals));
  return result;
}

/**
 * Shortens names of private fields, and of variables and parameters inside functions: parsing is most of the time that an
 * import takes. Names of functions, methods, classes and modules stay, for stack traces. The result is ASCII, which V8 reads
 * faster, in lines that the excerpt of an uncaught error can show.
 */
async function shortenLocals(path: string): Promise<void> {
  const file = basename(path);
  const [code, content] = await Promise.all([path, `${path}.map`].map((name) => readFile(name, "utf8")));
  const bundled = defineWhenUsed(code!, content!);
  // terser shortens all private names and no public ones, so each `#method` is public meanwhile: `$method`. One whose `$method`
  // occurs already is left to terser.
  const names = bundled.code.match(PRIVATE_METHOD)?.filter((name) => !bundled.code.includes(`$${name}`));
  const methods = new Set(names);
  const rename = (text: string, pattern: RegExp, mark: string): string =>
    text.replace(pattern, (found, name) => methods.has(name) ? mark + name : found);
  const minified = await minify({ [file]: rename(bundled.code, /#(\w+)/g, "$") }, {
    ecma: 2020,
    toplevel: false,
    compress: false,
    mangle: { keep_fnames: true, keep_classnames: true },
    format: { ascii_only: true, max_line_len: 120 },
    sourceMap: { content: bundled.map, filename: file, includeSources: true, url: `${file}.map` },
  });
  await writeFile(path, `${rename(minified.code!, /\$(\w+)/g, "#")}\n`);
  await writeFile(`${path}.map`, rename(String(minified.map), /\$(\w+)/g, "#"));
}

function outputNames(entries: readonly Entry[]): { in: string; out: string }[] {
  return entries.map(({ source, module }) => ({ in: source, out: basename(module, ".js") }));
}

/** Takes `x.edge.ts` instead of `x.ts` where it exists, for what the conditions workerd and edge-light select. */
const takeEdgeFiles: Plugin = {
  name: "take edge files",
  setup({ onResolve }): void {
    onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir, importer }) => {
      const edge = resolve(resolveDir, path).replace(/\.ts$/, ".edge.ts");
      // An edge file may build on the one that it replaces.
      return existsSync(edge) && edge !== importer ? { path: edge } : undefined;
    });
  },
};

/** Imports the shared classes from the main entry instead of copying them. */
const importClasses: Plugin = {
  name: "import classes",
  setup({ onResolve }): void {
    onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
      const isClass = CLASSES.test(relative("", resolve(resolveDir, path)));
      return isClass ? { path: "./mod.js", external: true, sideEffects: false } : undefined;
    });
  },
};
