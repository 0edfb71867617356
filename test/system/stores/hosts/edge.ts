/** Vercel's Edge Config in the Edge VM: `node edge.mjs SCRIPT`. */
import { EdgeVM } from "@edge-runtime/vm";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { report } from "../../../runtime/hosts/report.ts";
import { startFakeVercel } from "../fake-vercel.ts";

const vercel = await startFakeVercel();
try {
  const vm = new EdgeVM({ codeGeneration: { strings: false, wasm: false } });
  vm.evaluate(await readFile(process.argv[2] ?? "", "utf8"));
  const { url, token, connectionString: connection } = vercel;
  const response = await vm.dispatchFetch(`http://edge/?${new URLSearchParams({ url, token, connection })}`);
  report(JSON.parse(await response.text()));
} finally {
  await vercel.close();
}
