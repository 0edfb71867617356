// Starts the demo on the runtime that was asked: `npm start` means Node, `bun start` means Bun, which hands a package's
// scripts to Node otherwise. (`deno task start` is in deno.json.)
import { spawnSync } from "node:child_process";
import process from "node:process";

const isBun = process.env.npm_config_user_agent?.startsWith("bun/");
const command = isBun ? ["bun"] : [process.execPath, "scripts/run.mjs"];
const [file, ...args] = [...command, "examples/demo/main.ts", ...process.argv.slice(2)];
const { status, error } = spawnSync(file, args, { stdio: "inherit" });
if (error) throw error;
process.exitCode = status ?? 1;
