import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Where the version stands, and how often. */
const PLACES = [
  { path: "package.json", pattern: /(?<="name": "@featureflip\/sdk",\s+"version": ")[^"]+/g, times: 1 },
  { path: "package-lock.json", pattern: /(?<="name": "@featureflip\/sdk",\s+"version": ")[^"]+/g, times: 2 },
  { path: "deno.json", pattern: /(?<="name": "@featureflip\/sdk",\s+"version": ")[^"]+/g, times: 1 },
  { path: "src/version.ts", pattern: /(?<=VERSION = ")[^"]+/g, times: 1 },
] as const;

/** The files that state the version. */
export const VERSION_FILES: readonly string[] = PLACES.map(({ path }) => path);

/**
 * Writes a version wherever the project states it.
 *
 * @throws {Error} When a file does not state it as often as it should.
 */
export async function setVersion(folder: string, version: string): Promise<void> {
  for (const { path, pattern, times } of PLACES) {
    const text = await readFile(join(folder, path), "utf8");
    const found = text.match(pattern)?.length ?? 0;
    if (found !== times) throw new Error(`${path} states the version ${found} times, not ${times}`);
    await writeFile(join(folder, path), text.replace(pattern, version));
  }
}
