// What each entry weighs in an application: bundled with all it imports but its host, minified, compressed.
// A limit is the weight when somebody last looked, and little more.
import { readFileSync } from "node:fs";

/** In bytes. */
const LIMITS = {
  ".": 40_000,
  "./cli": 89_150,
  "./cloudflare": 46_450,
  "./deno": 9_000,
  "./evaluate": 12_950,
  "./flags-sdk": 40_600,
  "./hono": 40_550,
  "./ofrep": 8_500,
  "./openfeature": 41_640,
  "./opentelemetry": 1_400,
  "./redis": 9_000,
  "./server": 58_850,
  "./stores": 9_100,
  "./testing": 785,
  "./vercel": 45_550,
};

const { exports } = JSON.parse(readFileSync("package.json", "utf8"));
const external = ["node:*", "cloudflare:*"];

// An entry without a limit is limited to nothing.
export default Object.entries(exports).filter(([, target]) => target.source).map(([name, target]) => ({
  name,
  path: target.source,
  limit: `${LIMITS[name] ?? 0} B`,
  gzip: true,
  modifyEsbuildConfig: (config) => ({
    ...config,
    external,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
  }),
}));
