// What each entry weighs in an application: bundled with all it imports but its host, minified, compressed.
// A limit is the weight when somebody last looked, and little more.
import { readFileSync } from "node:fs";

/** In bytes. */
const LIMITS = {
  ".": 39_202,
  "./cli": 93_743,
  "./cloudflare": 47_304,
  "./deno": 10_137,
  "./evaluate": 12_237,
  "./flags-sdk": 40_279,
  "./hono": 40_215,
  "./ofrep": 10_471,
  "./openfeature": 41_080,
  "./opentelemetry": 2_050,
  "./redis": 10_107,
  "./server": 63_228,
  "./stores": 10_062,
  "./testing": 998,
  "./vercel": 45_964,
};

/** The same in what `workerd` and `edge-light` get, from `dist/`. */
const EDGE_LIMITS = { ".": 35_351, "./cloudflare": 43_091, "./vercel": 41_873 };

const { exports } = JSON.parse(readFileSync("package.json", "utf8"));

function measure(name, path, limit = 0, conditions = []) {
  return {
    name: [name, ...conditions].join(", "),
    path,
    limit: `${limit} B`,
    gzip: true,
    modifyEsbuildConfig: (config) => ({
      ...config,
      conditions,
      external: ["node:*", "cloudflare:*"],
      format: "esm",
      platform: "neutral",
      mainFields: ["module", "main"],
      target: "es2022",
      charset: "utf8",
      legalComments: "none",
    }),
  };
}

// An entry without a limit is limited to nothing.
export default [
  ...Object.entries(exports).filter(([, { source }]) => source)
    .map(([name, { source }]) => measure(name, source, LIMITS[name])),
  ...Object.entries(EDGE_LIMITS).map(([name, limit]) =>
    measure(name, exports[name].workerd, limit, ["workerd"])
  ),
];
