/**
 * Assembles the page of `featureflip dev`: `src/cli/page/page.html`, `.css` and `.js` become one text in `page-html.ts`,
 * because JSR imports only modules. Run it after an edit of the page; a test compares the result.
 */
import { readFile, writeFile } from "node:fs/promises";

const FOLDER = "src/cli/page";

const [html = "", css = "", js = ""] = await Promise.all(
  ["html", "css", "js"].map((type) => readFile(`${FOLDER}/page.${type}`, "utf8")),
);
const page = html
  .replace("<!-- page.css -->", () => `<style>\n${css}</style>`)
  .replace("<!-- page.js -->", () => `<script>\n${js}</script>`);

const made = `// Made by scripts/embed-page.ts from page.html, page.css and page.js: edit those.

/** The page of \`featureflip dev\`; the token takes the place of {{token}}. */
export const PAGE_HTML: string = \`${page.replaceAll(/[\\`]|\$(?=\{)/g, "\\$&")}\`;
`;
await writeFile(`${FOLDER}/page-html.ts`, made);
