import { build } from "esbuild";

/** Half a minute and a bit: after it a snapshot has to be refreshed, and waiting events are due. */
const STEP = 31_000;

/** What takes longer takes a fortieth of it, on the clock too: a wait for `flushInterval` behind a response. */
const PATIENCE = 15_000;

/**
 * Bundles an example for a host that runs one script, as its own tools would. Its clock goes ahead by half a minute with
 * every request, so that nobody has to wait for what happens after `maxAge` and `flushInterval`.
 *
 * @param entry What the host runs; it may import the example as `example`.
 */
export async function bundle(
  entry: string,
  example: string,
  options: { readonly format: "esm" | "iife"; readonly condition: string },
): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: "." },
    alias: { example: `./${example}` },
    bundle: true,
    write: false,
    format: options.format,
    conditions: [options.condition],
    external: ["cloudflare:*", "node:*", "async_hooks"],
    target: "es2022",
    // The package as npm gets it, not the sources that tsconfig.json points at.
    tsconfigRaw: {},
    banner: {
      js: `const { now } = Date; let requests = 0; let skipped = 0;
        Date.now = () => now() + requests * ${STEP} + skipped;
        const later = setTimeout;
        globalThis.setTimeout = (run, ms) => ms > ${PATIENCE}
          ? later(() => { if (requests > 0) skipped += ms * 39 / 40; run(); }, ms / 40)
          : later(run, ms);`,
    },
    logLevel: "warning",
    // Entries import the chunks they share; of an installed package esbuild does not mention it.
    logOverride: { "ignored-bare-import": "silent" },
  });
  return outputFiles[0]!.text;
}
