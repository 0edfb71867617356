/** Checks that every export has a docstring and that every example in one runs. README and guides: main.ts. */
import { readEntries } from "../../../scripts/entries.ts";
import { finish, runSteps } from "../../../scripts/steps.ts";

// Their types are those of another package, which documents them.
const BRIDGES: ReadonlySet<string> = new Set(["./flags-sdk", "./hono", "./openfeature"]);

const lint = ["deno", "doc", "--quiet", "--lint"] as const;
const entries = await readEntries();
/** Pages to read in a browser. */
const REFERENCE = ["--html", "--name=@featureflip/sdk", "--output=.tmp/reference"];
const sources = entries.map(({ source }) => source);
const ours = entries.filter(({ name }) => !BRIDGES.has(name)).map(({ source }) => source);

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
      name: "examples",
      command: ["deno", "test", "--quiet", "--doc", "--allow-net=127.0.0.1", "mod.ts", "src"],
    },
  ]),
);
