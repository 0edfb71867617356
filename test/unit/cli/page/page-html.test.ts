import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { PAGE_HTML } from "../../../../src/cli/page/page-html.ts";

it("PAGE_HTML is what page.html, page.css and page.js make together (`npm run page`)", async () => {
  const read = (type: string): Promise<string> =>
    readFile(fileURLToPath(new URL(`../../../../src/cli/page/page.${type}`, import.meta.url)), "utf8");
  const page = (await read("html"))
    .replace("<!-- page.css -->", `<style>\n${(await read("css")).replaceAll("$", "$$$$")}</style>`)
    .replace("<!-- page.js -->", `<script>\n${(await read("js")).replaceAll("$", "$$$$")}</script>`);
  expect(PAGE_HTML).toBe(page);
});

it("PAGE_HTML loads nothing from other hosts, and creates no markup from text", () => {
  expect(PAGE_HTML).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
  expect(PAGE_HTML).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\son\w+="/);
  expect(PAGE_HTML).not.toMatch(/\sstyle="/);
});
