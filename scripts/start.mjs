// Starts the demo from the sources: `npm start` on Node, `bun start` on Bun, which would run a package's script on Node
// otherwise. (`deno task start` is in deno.json.)
import { spawnSync } from "node:child_process";
import process from "node:process";

const isBun = process.env.npm_config_user_agent?.startsWith("bun/");
const args = ["--conditions=source", "examples/demo/main.ts", ...process.argv.slice(2)];
const { status, error } = spawnSync(isBun ? "bun" : "tsx", args, { stdio: "inherit" });
if (error) throw error;
process.exitCode = status ?? 1;
