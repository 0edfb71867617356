import { readdir, readFile, stat } from "node:fs/promises";

/** Reads every file under `examples/`, by its path; `npm run test:examples` runs or type-checks them. */
export async function readExamples(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const name of (await readdir("examples", { recursive: true })).sort()) {
    const path = `examples/${name.replaceAll("\\", "/")}`;
    if ((await stat(path)).isFile()) files.set(path, await readFile(path, "utf8"));
  }
  return files;
}

/** Tells whether a file holds this code, to the letter and in whole lines. */
export function shows(file: string, code: string): boolean {
  return code.trim() !== "" && `\n${file}`.includes(`\n${code}`);
}
