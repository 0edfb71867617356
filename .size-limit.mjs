// What each entry weighs in an application: bundled with all it imports but its host and framework, minified, compressed.
// A limit is the weight when somebody last looked, and little more.
import { readFileSync } from "node:fs";

/** In bytes. */
const LIMITS = {
  ".": 31_350,
  "./cli": 60_500,
  "./cloudflare": 38_200,
  "./deno": 8_400,
  "./flags-sdk": 31_920,
  "./hono": 31_880,
  "./openfeature": 32_740,
  "./opentelemetry": 1_095,
  "./redis": 8_400,
  "./server": 34_600,
  "./stores": 8_500,
  "./testing": 785,
  "./vercel": 37_300,
};

const { exports, peerDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
const external = ["node:*", "cloudflare:*", ...Object.keys(peerDependencies)];

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
