import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findPackageProblems } from "../../../scripts/release/find-package-problems.ts";

const MANIFEST = {
  name: "acorn",
  exports: {
    ".": { types: "./dist/mod.d.ts", default: "./dist/mod.js" },
    "./package.json": "./package.json",
  },
  bin: { acorn: "dist/cli.js" },
  dependencies: { oak: "^1.0.0" },
  peerDependencies: { "@acorn/twig": "^2.0.0" },
};

const FILES = {
  "package.json": JSON.stringify(MANIFEST),
  "README.md": "",
  "CHANGELOG.md": "",
  LICENSE: "",
  "dist/mod.js":
    `import oak from "oak"; import * as twig from "@acorn/twig/leaf"; export * from "./chunks/a-1.js";`,
  "dist/chunks/a-1.js": `export const a = () => import("node:fs");`,
  "dist/mod.d.ts": `export type { A } from "./src/a.ts"; export type { B } from "./src/b.js";`,
  "dist/src/a.d.ts": `import type { Leaf } from "@acorn/twig"; export type A = Leaf;`,
  "dist/src/b.d.ts": `export type B = import("./a.ts").A;`,
  "dist/cli.js": `#!/usr/bin/env node\nimport "cloudflare:workers";`,
  "dist/cli.LICENSES.txt": "",
};

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "featureflip-package-"));
  for (const [path, text] of Object.entries(FILES)) await write(path, text);
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

describe("findPackageProblems()", () => {
  it("findPackageProblems() finds nothing wrong with a package that is whole", async () => {
    expect(await findPackageProblems(folder)).toEqual([]);
  });

  it.each([
    "test/mod.test.js",
    "src/mod.ts",
    "dist/mod.ts",
    "dist/mod.js.map",
    "dist/.env",
    "dist/.cache/a.js",
    "dist/mod.test.js",
    "acorn-1.0.0.tgz",
  ])("findPackageProblems() finds that %s does not belong there", async (path) => {
    await write(path, "");
    expect(await findPackageProblems(folder)).toEqual([`${path} does not belong there`]);
  });

  it.each(["README.md", "CHANGELOG.md", "LICENSE"])("findPackageProblems() misses %s", async (path) => {
    await rm(join(folder, path));
    expect(await findPackageProblems(folder)).toEqual([`${path} is missing`]);
  });

  it("findPackageProblems() misses what entries, commands and modules refer to", async () => {
    for (const path of ["dist/mod.js", "dist/src/a.d.ts", "dist/cli.js"]) await rm(join(folder, path));
    expect((await findPackageProblems(folder)).sort()).toEqual([
      ". leads to ./dist/mod.js, which is missing",
      "The command acorn leads to dist/cli.js, which is missing",
      "dist/mod.d.ts refers to ./src/a.ts, which does not come with it",
      "dist/src/b.d.ts refers to ./a.ts, which does not come with it",
    ]);
    await rm(join(folder, "dist/mod.d.ts"));
    expect(await findPackageProblems(folder)).toContain(
      "., types leads to ./dist/mod.d.ts, which is missing",
    );
  });

  it("findPackageProblems() misses an entry's types, a chunk, a package that nobody installs, and a map", async () => {
    const { types: _, ...untyped } = MANIFEST.exports["."];
    await write("package.json", JSON.stringify({ ...MANIFEST, exports: { ".": untyped } }));
    await rm(join(folder, "dist/chunks/a-1.js"));
    await write("dist/src/b.d.ts", `export type { B } from "birch/types";`);
    await write("dist/cli.js", `#!/usr/bin/env node\n//# sourceMappingURL=cli.js.map\n`);
    expect((await findPackageProblems(folder)).sort()).toEqual([
      "., types leads nowhere",
      "dist/cli.js refers to cli.js.map, which does not come with it",
      "dist/mod.js refers to ./chunks/a-1.js, which does not come with it",
      "dist/src/b.d.ts refers to birch/types, which does not come with it",
    ]);
  });

  it("findPackageProblems() refuses what is private, no program, or depends on this machine", async () => {
    const dependencies = { oak: "file:../oak" };
    await write("package.json", JSON.stringify({ ...MANIFEST, private: true, dependencies }));
    await write("dist/cli.js", await readFile(join(folder, "dist/chunks/a-1.js"), "utf8"));
    expect((await findPackageProblems(folder)).sort()).toEqual([
      "It is private",
      "dist/cli.js is no program",
      "oak is file:../oak, which nobody else has",
    ]);
  });
});
