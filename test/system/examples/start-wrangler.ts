import { cp, rename, rm, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { Step } from "../../../scripts/steps.ts";
import { startProcess } from "./start-process.ts";
import type { RunningProcess } from "./start-process.ts";

const WRANGLER = resolve("node_modules/.bin/wrangler");

/** Wrangler neither asks nor calls Cloudflare: for usage reports, and for a `Request.cf` to show. */
const QUIET = { WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false", CI: "1" };

/** With every request the clock goes ahead by half a minute, so that nobody has to wait for `maxAge`. */
const ENTRY = `import worker from "./example.js";

const { now } = Date;
let requests = 0;
Date.now = () => now() + requests * 31_000;

export default {
  fetch(request, env, context) {
    requests++;
    return worker.fetch(request, env, context);
  },
};
`;

/** Bundles and checks a Worker as for a deployment, and stops before it. */
export async function dryRun(example: string): Promise<Step> {
  const cwd = await copy(`examples/${example}`, "deploy");
  return { name: `wrangler deploy, ${example}`, cwd, command: [WRANGLER, "deploy", "--dry-run"], env: QUIET };
}

/** Starts `wrangler dev` with an example, whose variables stand in `.dev.vars`. */
export async function startWrangler(
  folder: string,
  env: Readonly<Record<string, string>>,
  type = "ts",
): Promise<RunningProcess> {
  const cwd = await copy(folder, "dev");
  await rename(join(cwd, `worker.${type}`), join(cwd, `example.${type}`));
  await writeFile(join(cwd, `worker.${type}`), ENTRY);
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(join(cwd, ".dev.vars"), variables.join(""));
  return await startProcess([WRANGLER, "dev", "--cwd", cwd, "--port", "0", "--inspector-port", "0"], QUIET);
}

/** Where wrangler may write. In the project, so that the package resolves to itself. */
async function copy(folder: string, command: string): Promise<string> {
  const target = resolve(".tmp/wrangler", command, basename(folder));
  await rm(target, { recursive: true, force: true });
  await cp(folder, target, { recursive: true });
  return target;
}
