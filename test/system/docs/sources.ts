import { readdir, readFile } from "node:fs/promises";

/** Reads every TypeScript file under `src/`, by its path. */
export async function readSources(): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir("src", { recursive: true })).filter((name) => name.endsWith(".ts")).sort();
  return new Map(
    await Promise.all(names.map(async (name) => {
      const path = `src/${name.replaceAll("\\", "/")}`;
      return [path, await readFile(path, "utf8")] as const;
    })),
  );
}
