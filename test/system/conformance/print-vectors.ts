import type { VectorsFile } from "./make-vectors.ts";

/** The file's text, one vector a line. */
export function printVectors(file: VectorsFile): string {
  const members = Object.entries(file).map(([name, value]) => {
    if (Array.isArray(value)) return `${JSON.stringify(name)}: ${printList(value)}`;
    if (typeof value !== "object") return `${JSON.stringify(name)}: ${JSON.stringify(value)}`;
    const { seed, vectors } = value as VectorsFile["malformedVectors"];
    return `${JSON.stringify(name)}: {"seed": ${JSON.stringify(seed)}, "vectors": ${printList(vectors)}}`;
  });
  return `{\n${members.join(",\n")}\n}\n`;
}

function printList(vectors: readonly object[]): string {
  return `[\n${vectors.map((vector) => JSON.stringify(vector)).join(",\n")}\n]`;
}
