// Writes the project's own conformance vectors: `npx tsx -C source test/system/conformance/generate.ts`.
import { writeFile } from "node:fs/promises";
import { makeVectors } from "./make-vectors.ts";
import { printVectors } from "./print-vectors.ts";

await writeFile("test/system/conformance/vectors.json", printVectors(makeVectors()));
