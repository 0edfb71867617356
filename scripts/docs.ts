/** Documentation is code: every export has a docstring, and every example in one runs. (The README: test/examples.) */
import { readEntries } from "./entries.ts";
import { finish, runSteps } from "./steps.ts";

const sources = (await readEntries()).map(({ source }) => source);

finish(
  await runSteps([
    { name: "docstrings", command: ["deno", "doc", "--quiet", "--lint", ...sources] },
    {
      name: "examples",
      command: ["deno", "test", "--quiet", "--doc", "--allow-net=127.0.0.1", "mod.ts", "src"],
    },
  ]),
);
