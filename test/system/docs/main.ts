/**
 * `npm run test:docs [-- PAGE…]`: the code of README and guides on Deno, against a local Evaluation API with the flags
 * of a reader who has done what the first guide says, and their `featureflip` commands; after `npm run build`. What can be read off a page is tested in
 * pages.test.ts.
 */
import { createEvaluationApi, serve } from "@featureflip/sdk/server";
import process from "node:process";
import { finish, runSteps } from "../../../scripts/steps.ts";
import { SAMPLE_ENVIRONMENT } from "../../../src/cli/dev/sample-environment.ts";
import { readPages } from "./page.ts";
import { runCommands } from "./run-commands.ts";
import { DOC_TESTS, writeDocTests } from "./write-doc-tests.ts";

const named = process.argv.slice(2);
const pages = (await readPages()).filter(({ path }) => named.length === 0 || named.includes(path));

const sdkKey = "sdk-docs";
const api = createEvaluationApi({ environment: JSON.parse(SAMPLE_ENVIRONMENT), sdkKeys: [sdkKey] });
api.patchFlag("dark-mode", { enabled: true });
const server = await serve(api);
const blocks = await writeDocTests(pages);
const code = await runSteps([{
  name: `code, ${blocks} blocks`,
  command: [
    "deno",
    "test",
    "--quiet",
    "--no-prompt",
    "--allow-net",
    "--allow-env",
    `${DOC_TESTS}/pages.test.ts`,
  ],
  env: { FEATUREFLIP_SDK_KEY: sdkKey, FEATUREFLIP_BASE_URL: server.url },
}]);
await server.close();

let [passed, failed] = [blocks - 1 + code.passed, code.failed];
for (const page of pages) {
  const { count, problem } = await runCommands(page);
  passed += count;
  if (problem === undefined) continue;
  failed++;
  console.log(`FAIL  ${problem.replaceAll(/\n(?=.)/g, "\n      ")}`);
}
finish({ passed, failed });
