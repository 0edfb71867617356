/**
 * Which build each bundler takes from the installed package: `bundlers.ts FOLDER`, a project that has it. Bundles for
 * Workers and Vercel Edge get the one without a background, all others the whole client.
 */
import { deepEqual, match } from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { build } from "esbuild";
import { build as viteBuild } from "vite";

const [folder = "."] = process.argv.slice(2);
const ENTRIES = ["@featureflip/sdk", "@featureflip/sdk/cloudflare", "@featureflip/sdk/vercel"];
const PROGRAM = `${ENTRIES.map((entry, at) => `export * as e${at} from "${entry}";`).join("\n")}
export default { fetch: () => new Response("ok") };
`;
const main = join(folder, "bundled.mjs");
await writeFile(main, PROGRAM);

let passed = 0;

check("esbuild, workerd", "edge", await esbuilt(["workerd", "worker", "browser"]));
check("esbuild, edge-light", "edge", await esbuilt(["edge-light"]));
check("esbuild, a web worker of a browser", "whole", await esbuilt(["worker", "browser"]));
check("esbuild, Node", "whole", await esbuilt(["node"]));
check("Vite, workerd", "edge", await viteBuilt(["workerd", "worker", "module", "browser"]));
check("Vite, edge-light", "edge", await viteBuilt(["edge-light"]));
check("Vite, Node", "whole", await viteBuilt(undefined));
check("Wrangler", "edge", await wranglerBuilt());
console.log(`${passed} passed, 0 failed`);

/** Compares the files of the package that a bundle was made of: all of one build, or all of the other. */
function check(name: string, expected: "edge" | "whole", modules: readonly string[]): void {
  const files = modules.flatMap((path) => /@featureflip\/sdk\/dist\/(.+)/.exec(path)?.[1] ?? []);
  match(files.join(), /mod\.js/, `${name} bundles the client`);
  const builds = new Set(files.map((file) => file.startsWith("edge/") ? "edge" : "whole"));
  deepEqual([...builds], [expected], name);
  passed++;
}

async function esbuilt(conditions: string[]): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [main],
    bundle: true,
    format: "esm",
    platform: "neutral",
    conditions,
    external: ["cloudflare:*", "node:*"],
    metafile: true,
    write: false,
    logLevel: "error",
  });
  return Object.keys(metafile.inputs);
}

/** For a server, as adapters of frameworks for these hosts set it up. */
async function viteBuilt(conditions: string[] | undefined): Promise<string[]> {
  const modules: string[] = [];
  await viteBuild({
    root: folder,
    configFile: false,
    logLevel: "error",
    build: {
      ssr: main,
      write: false,
      rollupOptions: { external: [/^cloudflare:/] },
    },
    ssr: { noExternal: true, ...(conditions && { resolve: { conditions }, target: "webworker" }) },
    plugins: [{
      name: "list modules",
      generateBundle(_, bundle) {
        for (const chunk of Object.values(bundle)) {
          if (chunk.type === "chunk") modules.push(...Object.keys(chunk.modules));
        }
      },
    }],
  });
  return modules;
}

async function wranglerBuilt(): Promise<string[]> {
  const out = join(folder, ".bundled");
  const args = ["deploy", main, "--dry-run", "--outdir", out, "--metafile", "--name", "bundled"];
  await promisify(execFile)(
    process.execPath,
    [resolve("node_modules/wrangler/bin/wrangler.js"), ...args, "--compatibility-date", "2026-04-01"],
    { cwd: folder, env: { ...process.env, WRANGLER_SEND_METRICS: "false" } },
  );
  const meta = JSON.parse(await readFile(join(out, "bundle-meta.json"), "utf8"));
  return Object.keys(meta.inputs);
}
