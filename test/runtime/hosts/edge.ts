/** Runs the suite in a raw Edge VM, Vercel's Edge runtime without Node's globals: `node edge.mjs ORIGIN SCRIPT`. */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { EdgeVM } from "@edge-runtime/vm";
import { expectEqual } from "../expect.ts";
import { report } from "./report.ts";

const [origin = "", scriptPath = ""] = process.argv.slice(2);
const vm = new EdgeVM({ codeGeneration: { strings: false, wasm: false } });
expectEqual(
  vm.evaluate(`[
    ...["process", "Buffer", "require", "navigator"].filter((name) => name in globalThis),
    ...("any" in AbortSignal ? ["AbortSignal.any"] : []),
    ...[() => eval("1"), () => new Function("return 1")()].filter((work) => {
      try {
        work();
        return true;
      } catch (error) {
        return error.name !== "EvalError";
      }
    }).map(String),
  ].join()`),
  "",
  "what Vercel's Edge runtime lacks and this one has",
);
vm.evaluate(await readFile(scriptPath, "utf8"));

const response = await vm.dispatchFetch(`http://edge/?origin=${encodeURIComponent(origin)}`);
if (!response.ok) throw new Error(`The function answered ${response.status}: ${await response.text()}`);
report(await response.json());
