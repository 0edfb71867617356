import { describe, expect, it } from "vitest";
import { shows } from "./examples.ts";
import { parsePage } from "./page.ts";

const PAGE = `# On \`create()\`, and after

See [the guide](guide.md#on-it) and \`[no](link)\`.

## Twice
## Twice

\`\`\`ts ignore
# no heading
[no](link)
\`\`\`
`;

describe("parsePage()", () => {
  const { fences, links, anchors } = parsePage("a.md", PAGE);

  it("names headings as forges do", () => {
    expect([...anchors]).toEqual(["on-create-and-after", "twice", "twice-1"]);
  });

  it("finds links outside of code, with their lines", () => {
    expect(links).toEqual([{ name: "a.md:3", target: "guide.md#on-it" }]);
  });

  it("finds blocks of code, with their lines", () => {
    expect(fences).toEqual([{
      name: "a.md:8",
      line: 8,
      language: "ts",
      attributes: ["ignore"],
      code: "# no heading\n[no](link)\n",
    }]);
  });

  it("throws for a block of code without an end", () => {
    expect(() => parsePage("a.md", "```ts\n1;\n")).toThrow("a.md:1");
  });
});

describe("shows()", () => {
  it("wants whole lines, to the letter", () => {
    expect(shows("a();\nb();\n", "b();\n")).toBe(true);
    expect(shows("a();\nb();\n", "();\nb();\n")).toBe(false);
    expect(shows("a();\nb();\n", "a();\n\nb();\n")).toBe(false);
    expect(shows("a();\n", "\n")).toBe(false);
  });
});
