import { readFile } from "node:fs/promises";
import { transform } from "esbuild";
import type { Plugin } from "esbuild";

/**
 * Shortens the names that each module has for itself. Those of exports and members stay, and with them what a stack trace
 * says: it tells a reader of `FlagSet.evaluate`, not of `e.t`.
 */
export const shortenLocals: Plugin = {
  name: "shorten locals",
  setup({ onLoad }): void {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      // Each module by itself: bundled, nothing would be an export any more.
      const { code } = await transform(await readFile(path, "utf8"), {
        loader: "ts",
        target: "es2022",
        minifyIdentifiers: true,
        minifySyntax: true,
      });
      return { contents: code, loader: "js" };
    });
  },
};
