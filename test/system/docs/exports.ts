/** Checks that every export has a docstring and that every example in one runs. README and guides: main.ts. */
import { readdir, readFile } from "node:fs/promises";
import { readEntries } from "../../../scripts/entries.ts";
import { finish, runSteps } from "../../../scripts/steps.ts";
import { parsePage } from "./page.ts";
import type { Page } from "./page.ts";
import { DOC_TESTS, writeDocTests } from "./write-doc-tests.ts";

// Their types are those of another package, which documents them.
const BRIDGES: ReadonlySet<string> = new Set(["./flags-sdk", "./hono", "./openfeature"]);

const lint = ["deno", "doc", "--quiet", "--lint"] as const;
const entries = await readEntries();
/** Pages to read in a browser. */
const REFERENCE = ["--html", "--name=@featureflip/sdk", "--output=.tmp/reference"];
const sources = entries.map(({ source }) => source);
const ours = entries.filter(({ name }) => !BRIDGES.has(name)).map(({ source }) => source);

const files = (await readdir("src", { recursive: true })).filter((path) => path.endsWith(".ts"));
const docstrings = ["mod.ts", ...files.map((path) => `src/${path.replaceAll("\\", "/")}`)].map(
  readDocstrings,
);
// `deno test --doc` would load the sources anew for each.
const blocks = await writeDocTests(await Promise.all(docstrings), false);

finish(
  await runSteps([
    { name: "docstrings", command: [...lint, ...ours] },
    { name: "docstrings, bridges", command: [...lint, "--no-npm", ...sources] },
    { name: "reference", command: ["deno", "doc", "--quiet", ...REFERENCE, ...sources] },
    {
      name: "tables of options",
      command: ["tsx", "-C", "source", "test/system/docs/configuration-tables.ts", "--check"],
    },
    {
      name: `examples, ${blocks} blocks`,
      command: ["deno", "test", "--quiet", "--allow-net=127.0.0.1", `${DOC_TESTS}/pages.test.ts`],
    },
  ]),
);

/** The docstrings of a file as a page, whose lines keep their numbers. */
async function readDocstrings(path: string): Promise<Page> {
  const source = await readFile(path, "utf8");
  const text = source.replaceAll(/^[ \t]*\/\*\*[^]*?\*\/|^.+/gm, (part) => {
    return /^\s*\/\*\*/.test(part) ? part.replaceAll(/^[ \t]*(?:\/\*\*|\*\/|\* ?)/gm, "") : "";
  });
  return parsePage(path, text);
}
