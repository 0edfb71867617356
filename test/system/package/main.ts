/**
 * What a user gets: packs the package, installs the tarball into an empty project, then runs and type-checks a
 * small program there, and does what a newcomer does. `npm run test:package`, after `npm run build`.
 */
import { deepEqual, doesNotMatch, equal, match } from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { add, finish, runSteps } from "../../../scripts/steps.ts";
import { beNewcomer } from "./newcomer.ts";

const BELONGS =
  /^(?:package\.json|flags\.schema\.json|README\.md|CHANGELOG\.md|LICENSE|dist\/(?:LICENSES\.txt|(?:edge\/)?[\w-]+\.(?:js|js\.map|d\.ts|cjs|d\.cts)))$/;

// Outside the project, so that nothing is found in its node_modules by accident.
const consumer = await mkdtemp(join(tmpdir(), "featureflip-consumer-"));
try {
  await install(consumer);
  await checkContents(join(consumer, "node_modules/@featureflip/sdk"));
  const tsc = resolve("node_modules/typescript/bin/tsc");
  const inConsumer = { cwd: consumer };
  const steps = await runSteps([
    { ...inConsumer, name: "installed, Node", command: [process.execPath, "main.mjs"] },
    { ...inConsumer, name: "installed, Node, require()", command: [process.execPath, "copies.cjs"] },
    { ...inConsumer, name: "installed, Bun", command: ["bun", "main.mjs"] },
    { ...inConsumer, name: "installed, Deno", command: ["deno", "run", "--no-prompt", "main.mjs"] },
    // What it writes is what typed.ts imports.
    ...[["node"], ["bun"], ["deno", "run", "-A"]].map(([runtime = "", ...args]) => ({
      ...inConsumer,
      name: `installed, featureflip pull, ${runtime}`,
      command: [runtime, ...args, "node_modules/.bin/featureflip", "pull"] as const,
    })),
    { name: "installed, bundled", command: ["tsx", "test/system/package/bundlers.ts", consumer] },
    ...["bundler", "nodenext"].map((moduleResolution) => ({
      ...inConsumer,
      name: `installed, types: ${moduleResolution}`,
      command: [process.execPath, tsc, "--project", `tsconfig.${moduleResolution}.json`] as const,
    })),
  ]);
  finish(add(steps, await beNewcomer(consumer)));
} finally {
  await rm(consumer, { recursive: true, force: true });
}

/** Makes the consumer's project. Hono, for its adapter, is copied from here, so no network is needed. */
async function install(folder: string): Promise<void> {
  const run = promisify(execFile);
  await run("npm", ["run", "pack"]);
  await cp("test/system/package/fixture", folder, { recursive: true });
  await cp("examples/environment.json", join(folder, "featureflip.json"));
  await writeFile(
    join(folder, "package.json"),
    JSON.stringify({
      name: "consumer",
      private: true,
      type: "module",
      dependencies: {
        "@featureflip/sdk": `file:${resolve(".tmp/package/featureflip-sdk.tgz")}`,
        hono: `file:${resolve("node_modules/hono")}`,
      },
    }),
  );
  const flags = ["--offline", "--install-links", "--ignore-scripts", "--no-audit", "--no-fund"];
  await run("npm", ["install", ...flags], { cwd: folder });
}

/** The package holds what it should, and nothing of the project beside it. */
async function checkContents(folder: string): Promise<void> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = files.filter((file) => file.isFile()).map((file) =>
    relative(folder, join(file.parentPath, file.name))
  );
  const strangers = paths.filter((path) => !BELONGS.test(path));
  const { scripts, dependencies, exports } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  deepEqual({ strangers, scripts, dependencies }, {
    strangers: [],
    scripts: undefined,
    dependencies: undefined,
  });
  doesNotMatch(JSON.stringify(exports), /source|\.ts"(?<!\.d\.ts")/);
  for (const path of paths.filter((path) => path.endsWith(".js") && path !== "dist/cli.js")) {
    const code = await readFile(join(folder, path), "utf8");
    match(code, /\n\/\/# sourceMappingURL=[\w-]+\.js\.map\n$/, path);
    const { sources, sourcesContent = [] } = JSON.parse(await readFile(join(folder, `${path}.map`), "utf8"));
    equal(sourcesContent.filter(Boolean).length, sources.length, `${path} has its sources`);
  }
}
