import { readFileSync } from "node:fs";
import process from "node:process";
import { defineConfig } from "vitepress";

/** Shows what the pages link to that is no part of the site. The workflow's variables; a build by hand has no such links. */
const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, SITE_BASE } = process.env;

/** The repository, as its forge shows it. */
const REPOSITORY = GITHUB_REPOSITORY === undefined ? undefined : `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}`;

/** A picture of README, in the page itself: the site has no second copy of it. */
function picture(name: string): string {
  const svg = readFileSync(
    new URL(`../../docs/images/${name}`, import.meta.url),
  );
  return `data:image/svg+xml;base64,${svg.toString("base64")}`;
}

/** Where a link of a page leads that the site does not have: the forge's own pages, files and folders. */
function onForge(href: string): string | undefined {
  const [, page] = /^\.\.\/\.\.\/((?:issues|actions)\b.*)/.exec(href) ?? [];
  if (page !== undefined) return page;
  const [, path] =
    /^(?:\.\.\/)*((?:bench|examples|src|test)(?:\/.*)?|(?:ARCHITECTURE|CONTRIBUTING)\.md(?:#.*)?|package\.json|LICENSE)$/
      .exec(href) ?? [];
  return path === undefined ? undefined : `blob/main/${path}`;
}

/** The index of the guides is the side bar: its headings are the groups. */
function sidebar() {
  const index = readFileSync(
    new URL("../../docs/README.md", import.meta.url),
    "utf8",
  );
  return index.split(/^## /m).slice(1).map((section) => {
    const [text = "", ...lines] = section.split("\n");
    const items = lines.join("\n").matchAll(/^- \[([^\]]+)\]\(([^)]+)\.md\)/gm);
    return {
      text,
      items: Array.from(
        items,
        ([, text, link]) => ({
          text,
          link: `/docs/${link!.replace(/README$/, "")}`,
        }),
      ),
    };
  });
}

export default defineConfig({
  title: "Featureflip SDK",
  description: "Feature flags for Node, Deno, Bun, Next.js, Cloudflare Workers and Vercel.",
  srcDir: "..",
  // Pages of a repository lie in a folder of its name; with a domain of its own, SITE_BASE is "/".
  base: SITE_BASE || GITHUB_REPOSITORY?.replace(/^[^/]+(.*)$/, "$1/") || "/",
  // The pages are those of the repository; nothing else in it is one.
  srcExclude: [
    "**/node_modules/**",
    "{bench,examples,site,src,test,.tmp,dist}/**",
    "{ARCHITECTURE,CONTRIBUTING}.md",
  ],
  rewrites: {
    "README.md": "index.md",
    "docs/README.md": "docs/index.md",
    "docs/:folder/README.md": "docs/:folder/index.md",
  },
  outDir: "../.tmp/site",
  // As the reader's system: the pictures of README follow it, and no switch on the page.
  appearance: "force-auto",
  cleanUrls: true,
  lastUpdated: false,
  markdown: {
    // As forges name headings: the links of the pages lead to the same places there and here.
    anchor: {
      slugify: (heading) =>
        heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(/\s/g, "-"),
    },
    config(markdown) {
      const render = markdown.renderer.rules.link_open ??
        ((tokens, index, options, _env, self) => self.renderToken(tokens, index, options));
      markdown.renderer.rules.link_open = (
        tokens,
        index,
        options,
        env,
        self,
      ) => {
        const path = onForge(tokens[index]!.attrGet("href") ?? "");
        if (path === undefined) {
          // A folder's page is its index: see `rewrites`.
          const href = tokens[index]!.attrGet("href");
          if (href !== null) {
            tokens[index]!.attrSet("href", href.replace(/(^|\/)README\.md(?=#|$)/, "$1index.md"));
          }
        } else {
          tokens[index]!.attrs = REPOSITORY === undefined ? [] : [["href", `${REPOSITORY}/${path}`]];
        }
        return render(tokens, index, options, env, self);
      };
      const image = markdown.renderer.rules.image!;
      markdown.renderer.rules.image = (tokens, index, options, env, self) => {
        const path = onForge(tokens[index]!.attrGet("src") ?? "");
        // The badges stand side by side.
        if (/badge/.test(tokens[index]!.attrGet("src") ?? "")) {
          tokens[index]!.attrSet("style", "display: inline");
        }
        if (path === undefined) return image(tokens, index, options, env, self);
        return REPOSITORY === undefined
          ? ""
          : `<img src="${REPOSITORY}/${path}" alt="${tokens[index]!.content}" style="display: inline">`;
      };
    },
  },
  head: [["link", { rel: "icon", href: picture("icon.svg") }]],
  themeConfig: {
    logo: {
      light: picture("logo-light.svg"),
      dark: picture("logo-dark.svg"),
      alt: "Featureflip",
    },
    siteTitle: "SDK",
    search: { provider: "local" },
    nav: [
      { text: "Guides", link: "/docs/" },
      { text: "Reference", link: "/reference/index.html", target: "_self" },
      { text: "Changelog", link: "/CHANGELOG" },
    ],
    sidebar: sidebar(),
    outline: [2, 3],
  },
  ignoreDeadLinks: [/^\/reference\//],
});
