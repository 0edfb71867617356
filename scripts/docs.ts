/** Documentation is code: every export has a docstring, and every example in docstrings and the README runs. */
import { existsSync } from "node:fs";
import { readEntries } from "./entries.ts";
import { finish, runSteps } from "./steps.ts";

const sources = (await readEntries()).map(({ source }) => source);
const readme = existsSync("README.md") ? ["README.md"] : [];

finish(
  await runSteps([
    { name: "docstrings", command: ["deno", "doc", "--quiet", "--lint", ...sources] },
    {
      name: "examples",
      command: ["deno", "test", "--quiet", "--doc", "--allow-net=127.0.0.1", "mod.ts", "src", ...readme],
    },
  ]),
);
