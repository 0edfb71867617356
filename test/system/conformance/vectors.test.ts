import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { makeVectors } from "./make-vectors.ts";
import type { VectorsFile } from "./make-vectors.ts";
import { printVectors } from "./print-vectors.ts";

describe("vectors.json", () => {
  it("is what generate.ts writes", async () => {
    const committed = await readFile(new URL("vectors.json", import.meta.url), "utf8");
    expect(committed === printVectors(makeVectors()), "run test/system/conformance/generate.ts").toBe(true);
  });

  it("names every vector once, and expects both answers of every class", () => {
    const file: VectorsFile = makeVectors();
    const { malformedVectors: { vectors }, schemaVersion: _version, ...classes } = file;
    const all = [...Object.values(classes).flat(), ...vectors] as { readonly id: string }[];
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    for (const conditions of [file.conditionVectors, file.dateVectors]) {
      const answers = conditions.map((vector) => Reflect.get(vector, "expectedMatch"));
      for (const answer of [true, false]) {
        expect(answers.filter((other) => other === answer).length).toBeGreaterThan(answers.length / 10);
      }
    }
  });
});
