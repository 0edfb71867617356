/** Runs the Worker in workerd: `node workerd.mjs ORIGIN SCRIPT COMPATIBILITY_DATE [COMPATIBILITY_FLAG…]`. */
import process from "node:process";
import { Miniflare } from "miniflare";
import { report } from "./report.ts";

const [origin = "", scriptPath = "", compatibilityDate = "", ...compatibilityFlags] = process.argv.slice(2);
const miniflare = new Miniflare({
  modules: true,
  scriptPath,
  compatibilityDate,
  compatibilityFlags,
  cf: false,
  telemetry: { enabled: false },
});

const response = await miniflare.dispatchFetch(`http://worker/?origin=${encodeURIComponent(origin)}`);
const body = await response.text();
await miniflare.dispose();
if (!response.ok) throw new Error(`The Worker answered ${response.status}: ${body}`);
report(JSON.parse(body));
