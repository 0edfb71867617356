import { existsSync } from "node:fs";
import { access, readdir, readFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { checkCommand } from "./check-command.ts";
import { readExamples, shows } from "./examples.ts";
import { readPages } from "./page.ts";
import type { Fence, Page } from "./page.ts";
import { parseShell } from "./shell.ts";

const pages = await readPages();
const examples = await readExamples();

/** What the pages may hold, and what shows that it is right. Everything else must stand in `examples/`. */
const CHECKS: Readonly<Record<string, (fence: Fence, page: Page) => unknown>> = {
  json: ({ code }) => JSON.parse(code),
  // Run by `npm run test:examples`; what cannot run there stands in a file that can.
  ts: checkCode,
  js: checkCode,
  async sh({ code }) {
    for (const command of parseShell(code)) await checkCommand(command);
  },
  // A drawing.
  ""({ code }) {
    if (!code.includes("─►")) throw new Error("It names no language");
  },
  // What the commands before it print: `npm run test:examples` compares.
  text(fence, { fences }) {
    const before = fences[fences.indexOf(fence) - 1];
    if (before?.language !== "sh") throw new Error("It follows no `sh` block whose output it could be");
  },
};

describe.each(pages.map((page) => ({ path: page.path, page })))("$path", ({ path, page }) => {
  it("has no block of code that nothing checks", async () => {
    const problems: string[] = [];
    for (const fence of page.fences) {
      const check = Object.hasOwn(CHECKS, fence.language) ? CHECKS[fence.language]! : standsInExamples;
      await Promise.resolve().then(() => check(fence, page)).catch((error: Error) => {
        problems.push(`${fence.name}: ${error.message}`);
      });
    }
    expect(problems).toEqual([]);
  });

  it("has no link that leads nowhere", async () => {
    const problems: string[] = [];
    for (const { name, target } of page.links.filter(({ target }) => !/^https?:/.test(target))) {
      // What the forge shows of the repository: its issues, and a workflow that exists.
      if (target === "../../issues") continue;
      const [, workflow] = /^\.\.\/\.\.\/actions\/workflows\/([^/]+)(?:\/badge\.svg)?$/.exec(target) ?? [];
      if (workflow !== undefined) {
        await access(`.github/workflows/${workflow}`);
        continue;
      }
      const [file = "", anchor] = target.split("#");
      const linked = file === "" ? path : normalize(join(dirname(path), file));
      if (await access(linked).then(() => false, () => true)) problems.push(`${name}: no file ${linked}`);
      else if (anchor !== undefined && !pages.find((page) => page.path === linked)?.anchors.has(anchor)) {
        problems.push(`${name}: ${linked} has no heading #${anchor}`);
      }
    }
    expect(problems).toEqual([]);
  });

  it("names files and folders of test/ and bench/ that exist", () => {
    const named = page.text.match(/(?<=[ `(])(?:test|bench)\/[\w./-]*[\w/]/g) ?? [];
    expect(named.filter((name) => !existsSync(name))).toEqual([]);
  });

  it("shows addresses on localhost as code: as links, the site's generator calls them dead", () => {
    const code = /^```.*?^```|`[^`\n]*`/gms;
    expect(page.text.replaceAll(code, "").match(/https?:\/\/localhost\S*/g)).toBeNull();
  });
});

describe("docs/README.md", () => {
  it("lists every guide once", () => {
    const index = pages.find(({ path }) => path === "docs/README.md")!;
    const guides = pages.map(({ path }) => path).filter((path) => /^docs\/(?!README)[^/]+$/.test(path));
    const listed = index.links.map(({ target }) => `docs/${target}`).filter((path) => guides.includes(path));
    expect(listed.sort()).toEqual(guides.sort());
  });
});

describe("docs/decisions/", () => {
  it("lists every decision once", () => {
    const index = pages.find(({ path }) => path === "docs/decisions/README.md")!;
    const records = pages.map(({ path }) => path).filter((path) => /^docs\/decisions\/\d{4}-/.test(path));
    expect(records.length).toBeGreaterThan(20);
    expect(index.links.map(({ target }) => `docs/decisions/${target}`).sort()).toEqual(records.sort());
    expect(new Set(records.map((path) => /\d{4}/.exec(path)![0])).size).toBe(records.length);
  });
});

describe("ARCHITECTURE.md and docs/decisions/", () => {
  it("name files and folders of src/ that exist, and every folder", async () => {
    const described = pages.filter(({ path }) => /^(ARCHITECTURE|docs\/decisions\/.*)\.md$/.test(path));
    const named = described.flatMap(({ path, text }) =>
      [...text.matchAll(/`((?:[\w-]+\/)+[\w.-]*\.(?:ts|js))`/g)].map(([, file]) => ({ path, file: file! }))
    );
    expect(named.length).toBeGreaterThan(60);
    const missing: string[] = [];
    for (const { path, file } of named) {
      const found = await Promise.any([access(`src/${file}`), access(file)]).then(() => true, () => false);
      if (!found) missing.push(`${path}: ${file}`);
    }
    expect(missing).toEqual([]);

    const map = described.find(({ path }) => path === "ARCHITECTURE.md")!.text;
    const folders = [...map.matchAll(/^\| `([a-z-]+)` +\|/gm)].map(([, folder]) => folder);
    const existing = (await readdir("src", { withFileTypes: true })).filter((entry) => entry.isDirectory());
    expect(folders.sort()).toEqual(existing.map(({ name }) => name).sort());
  });
});

describe("examples/", () => {
  it("has no folder that no test runs", async () => {
    const tests = (await readdir("test/system/examples")).map((name) => `test/system/examples/${name}`);
    const runners = await Promise.all(
      [
        ...tests,
        "test/system/docs/run-commands.ts",
        "test/system/frameworks/main.ts",
        "test/system/ofrep/examples.ts",
        "test/system/stores/redis-servers.ts",
        "scripts/start.mjs",
      ]
        .map((path) => readFile(path, "utf8")),
    );
    const folders = (await readdir("examples", { withFileTypes: true }))
      .filter((entry) => entry.isDirectory()).map(({ name }) => name);
    const untested = folders.filter((name) => !runners.some((text) => text.includes(`examples/${name}`)));
    expect(untested).toEqual([]);
  });
});

function checkCode(fence: Fence): void {
  if (fence.attributes.includes("ignore")) standsInExamples(fence);
}

function standsInExamples({ code }: Fence): void {
  if ([...examples.values()].some((file) => shows(file, code))) return;
  throw new Error("It is not run, and no file in examples/ shows it to the letter");
}
