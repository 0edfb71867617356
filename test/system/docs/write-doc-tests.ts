import { mkdir, rm, writeFile } from "node:fs/promises";
import type { Fence, Page } from "./page.ts";

/** Where the tests stand: inside the project, so that they are resolved and type-checked as its code is. */
export const DOC_TESTS = ".tmp/docs";

/** What a comment behind a `console.log` says that it prints; `…` stands for what varies. */
const PRINTS = /^(\s*)console\.log\((.*)\); \/\/ (.+)$/gm;

const PRINTED = `import { format } from "node:util";
const pending = new Set<string>();
export function expectPrint(at: string): void { pending.add(at); }
export function printed(at: string, expected: string, ...values: unknown[]): void {
  pending.delete(at);
  const text = format(...values).replaceAll(/\\s+/g, " ");
  const pattern = expected.split("…").map((part) => part.replaceAll(/[^\\w\\s]/g, "\\\\$&")).join(".*");
  if (!new RegExp(\`^\${pattern}$\`).test(text)) {
    throw new Error(\`\${at}: the page says that it prints \${expected}, but it prints \${text}\`);
  }
}
export function allPrinted(page: string): void {
  for (const at of pending) if (at.startsWith(page)) throw new Error(\`\${at}: nothing was printed\`);
}
`;

/**
 * Makes a Deno test of each block of code on the pages: it is type-checked, runs with Deno's sanitizers, and prints what
 * its comments say.
 *
 * @param comparesPrints Whether comments say literally what is printed; by default they do.
 * @returns How many there are.
 */
export async function writeDocTests(pages: readonly Page[], comparesPrints = true): Promise<number> {
  const fences = pages.flatMap(({ fences }) => fences.filter(isRun));
  await rm(DOC_TESTS, { recursive: true, force: true });
  await mkdir(DOC_TESTS, { recursive: true });
  await writeFile(`${DOC_TESTS}/printed.ts`, PRINTED);
  for (const fence of fences) {
    await writeFile(`${DOC_TESTS}/${moduleOf(fence)}`, toModule(fence, comparesPrints));
  }
  const tests = fences.map((fence) => {
    const name = JSON.stringify(fence.name);
    return `Deno.test(${name}, async () => { await import("./${
      moduleOf(fence)
    }"); allPrinted(${name}); });\n`;
  });
  await writeFile(
    `${DOC_TESTS}/pages.test.ts`,
    `import { allPrinted } from "./printed.ts";\n${tests.join("")}`,
  );
  return fences.length;
}

function isRun({ language, attributes }: Fence): boolean {
  return (language === "ts" || language === "js") && !attributes.includes("ignore");
}

function moduleOf({ name, language }: Fence): string {
  return `${name.replaceAll(/\W/g, "-")}.${language}`;
}

/** Its lines keep their numbers. */
function toModule({ name, code }: Fence, comparesPrints: boolean): string {
  const expected: string[] = [];
  const body = code.replaceAll(PRINTS, (_, indent: string, values: string, text: string) => {
    const at = JSON.stringify(`${name} (${expected.length + 1})`);
    expected.push(at);
    return `${indent}printed(${at}, ${JSON.stringify(text)}, ${values});`;
  });
  if (expected.length === 0 || !comparesPrints) return `${code}export {};\n`;
  const expectations = expected.map((at) => `expectPrint(${at});`).join(" ");
  return `import { expectPrint, printed } from "./printed.ts"; ${expectations} ${body}`;
}
