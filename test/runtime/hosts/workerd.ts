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
  // Where there is a `process`, its environment has the bindings.
  bindings: { FEATUREFLIP_SDK_KEY: "sdk-bound", FEATUREFLIP_BASE_URL: origin },
  cf: false,
  telemetry: { enabled: false },
});

const response = await miniflare.dispatchFetch(`http://worker/?origin=${encodeURIComponent(origin)}`);
const body = await response.text();
await miniflare.dispose();
if (!response.ok) throw new Error(`The Worker answered ${response.status}: ${body}`);
report(JSON.parse(body));
