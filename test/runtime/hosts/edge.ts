/** Runs the suite in a raw Edge VM, Vercel's Edge runtime without Node's globals: `node edge.mjs ORIGIN SCRIPT`. */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { EdgeVM } from "@edge-runtime/vm";
import { report } from "./report.ts";

const [origin = "", scriptPath = ""] = process.argv.slice(2);
const vm = new EdgeVM({ codeGeneration: { strings: false, wasm: false } });
vm.evaluate(await readFile(scriptPath, "utf8"));

const response = await vm.dispatchFetch(`http://edge/?origin=${encodeURIComponent(origin)}`);
report(await response.json());
