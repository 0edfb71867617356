/** Documentation is code: every export has a docstring, and every example in one runs. (The README: test/examples.) */
import { readEntries } from "./entries.ts";
import { finish, runSteps } from "./steps.ts";

// What they take and give are another package's own types, which are documented there.
const BRIDGES: ReadonlySet<string> = new Set(["./flags-sdk", "./hono", "./openfeature"]);

const PACKAGE = "@featureflip/sdk";

/** The reference that the docstrings make: pages to read in a browser. */
const REFERENCE = ".tmp/reference";

const lint = ["deno", "doc", "--quiet", "--lint"] as const;
const entries = await readEntries();
const sources = entries.map(({ source }) => source);
const ours = entries.filter(({ name }) => !BRIDGES.has(name)).map(({ source }) => source);

finish(
  await runSteps([
    { name: "docstrings", command: [...lint, ...ours] },
    { name: "docstrings, bridges", command: [...lint, "--no-npm", ...sources] },
    {
      name: "reference",
      command: ["deno", "doc", "--quiet", "--html", `--name=${PACKAGE}`, `--output=${REFERENCE}`, ...sources],
    },
    {
      name: "tables of options",
      command: ["tsx", "-C", "source", "scripts/configuration.ts", "--check"],
    },
    {
      name: "examples",
      command: ["deno", "test", "--quiet", "--doc", "--allow-net=127.0.0.1", "mod.ts", "src"],
    },
  ]),
);
