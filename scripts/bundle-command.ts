import { chmod, readFile, writeFile } from "node:fs/promises";
import { build } from "esbuild";
import type { Metafile } from "esbuild";
import { readEntries } from "./entries.ts";

/** The entry that is a program. */
export const COMMAND = "./cli";

/**
 * Bundles the `featureflip` command into a file of its own, which brings along what it needs of optional peers: `npx`
 * installs none. What npm installs with the package stays outside.
 */
export async function bundleCommand(outdir: string): Promise<Metafile> {
  const { source, module } = (await readEntries()).find(({ name }) => name === COMMAND)!;
  const outfile = module.replace(/^\.\/dist/, outdir);
  const { dependencies } = JSON.parse(await readFile("package.json", "utf8"));
  const { metafile } = await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    external: Object.keys(dependencies),
    format: "esm",
    platform: "node",
    target: "node20",
    banner: { js: "#!/usr/bin/env node" },
    charset: "utf8",
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
  });
  await chmod(outfile, 0o755);
  await writeFile(outfile.replace(/\.js$/, ".LICENSES.txt"), await licensesOf(metafile));
  return metafile;
}

/** The licenses of the packages that a bundle contains: they ask to be kept with every copy. */
async function licensesOf({ inputs }: Metafile): Promise<string> {
  const packages = Object.keys(inputs)
    .flatMap((path) => /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  const texts = [...new Set(packages)].sort().map(async (name) => {
    return `${name}\n\n${await readFile(`node_modules/${name}/LICENSE`, "utf8")}`;
  });
  const rule = `\n${"-".repeat(78)}\n\n`;
  return `cli.js contains these packages.\n\n${(await Promise.all(texts)).join(rule)}`;
}
