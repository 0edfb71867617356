import { readdir, readFile } from "node:fs/promises";

/** A block of code on a page. */
export interface Fence {
  /** The page and the line it begins at, as `README.md:12`. */
  readonly name: string;
  readonly line: number;
  readonly language: string;
  /** What follows the language, such as `ignore`. */
  readonly attributes: readonly string[];
  /** With the line break at its end. */
  readonly code: string;
}

/** A link, or a picture. */
export interface Link {
  /** The page and the line, as `README.md:12`. */
  readonly name: string;
  readonly target: string;
}

/** A page of the documentation. */
export interface Page {
  readonly path: string;
  readonly text: string;
  readonly fences: readonly Fence[];
  readonly links: readonly Link[];
  /** What its headings are called in links. */
  readonly anchors: ReadonlySet<string>;
}

/** Reads the README, the guides and what else the project says of itself. */
export async function readPages(): Promise<Page[]> {
  const folders = [".", "docs", "docs/decisions", "docs/frameworks"];
  const pages = [...(await Promise.all(folders.map(markdownIn))).flat(), "bench/README.md"];
  return await Promise.all(pages.map(async (path) => parsePage(path, await readFile(path, "utf8"))));
}

/** Takes a page apart. */
export function parsePage(path: string, text: string): Page {
  const fences: Fence[] = [];
  const links: Link[] = [];
  const anchors = new Set<string>();
  let open: { readonly line: number; readonly info: string; readonly code: string[] } | undefined;
  for (const [index, content] of text.split("\n").entries()) {
    const line = index + 1;
    const [, info] = /^```(.*)$/.exec(content) ?? [];
    if (open !== undefined) {
      if (info !== "") {
        open.code.push(content);
        continue;
      }
      const [language = "", ...attributes] = open.info.split(" ");
      const code = open.code.map((codeLine) => `${codeLine}\n`).join("");
      fences.push({ name: `${path}:${open.line}`, line: open.line, language, attributes, code });
      open = undefined;
      continue;
    }
    if (info !== undefined) {
      open = { line, info, code: [] };
      continue;
    }
    const [, heading] = /^#+ (.*)$/.exec(content) ?? [];
    if (heading !== undefined) addAnchor(anchors, heading);
    for (const [, target = ""] of content.replaceAll(/`[^`]*`/g, "").matchAll(/\]\(([^)\s]+)\)/g)) {
      links.push({ name: `${path}:${line}`, target });
    }
  }
  if (open !== undefined) throw new Error(`${path}:${open.line}: the block of code does not end`);
  return { path, text, fences, links, anchors };
}

/** As forges name headings: lower case, punctuation gone, blanks as dashes, a number when it is not the first. */
function addAnchor(anchors: Set<string>, heading: string): void {
  const slug = heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(/\s/g, "-");
  let anchor = slug;
  for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`;
  anchors.add(anchor);
}

async function markdownIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".md")).sort();
  return names.map((name) => folder === "." ? name : `${folder}/${name}`);
}
