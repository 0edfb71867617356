import { readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { SourceMap } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { defineWhenUsed, USED_AT_START } from "../../scripts/lazy-classes.ts";

const SOURCES = {
  "mod.ts": `import { Circle, isShape } from "./src/shapes.ts";
    export class Public {}
    export const test = () => [isShape(new Circle(2)), Circle.unit().size, Circle.name];`,
  "src/shapes.ts": `class Shape { static { globalThis.defined = "Shape"; } get size() { return this.r; } }
    export class Circle extends Shape { constructor(public r) { super(); } static unit() { return new this(1); } }
    export const isShape = (value) => value instanceof Shape;`,
};

it("defines a class when it is first used", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lazy-classes-"));
  await mkdir(join(folder, "src"), { recursive: true });
  for (const [path, source] of Object.entries(SOURCES)) await writeFile(join(folder, path), source);
  const { outputFiles: [map, file] } = await build({
    absWorkingDir: folder,
    entryPoints: ["mod.ts"],
    outdir: "out",
    bundle: true,
    format: "esm",
    target: "es2022",
    write: false,
    minifySyntax: true,
    sourcemap: "external",
  });
  const lazy = defineWhenUsed(file!.text, map!.text);

  const { test } = await import(`data:text/javascript,${encodeURIComponent(lazy.code)}`);
  const seen = globalThis as { defined?: string };
  expect(seen.defined).toBeUndefined();
  expect(test()).toEqual([true, 1, "Circle"]);
  expect(seen.defined).toBe("Shape");

  const lines = lazy.code.split("\n");
  const line = lines.findIndex((line) => line.includes("super("));
  const { originalSource, originalLine } = new SourceMap(JSON.parse(lazy.map))
    .findEntry(line, lines[line]!.indexOf("super(")) as { originalSource: string; originalLine: number };
  expect(originalSource).toContain("src/shapes.ts");
  expect(originalLine).toBe(1);
});

it.each([...USED_AT_START])("leaves %s, which is a class", (name) => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts")
  );
  expect(files.some((file) => readFileSync(join("src", file), "utf8").includes(`class ${name} `))).toBe(true);
});
