// What each entry weighs in an application: bundled with all it imports but its host, minified, compressed.
// A limit is the weight when somebody last looked, and little more.
import { readFileSync } from "node:fs";

/** In bytes. */
const LIMITS = {
  ".": 40_261,
  "./cli": 94_691,
  "./cloudflare": 48_298,
  "./deno": 10_023,
  "./evaluate": 12_715,
  "./flags-sdk": 41_418,
  "./hono": 41_302,
  "./ofrep": 10_602,
  "./openfeature": 42_211,
  "./opentelemetry": 2_112,
  "./redis": 9_950,
  "./server": 64_052,
  "./stores": 9_945,
  "./testing": 927,
  "./vercel": 47_003,
};

/** The same in what `workerd` and `edge-light` get, from `dist/`. */
const EDGE_LIMITS = { ".": 35_583, "./cloudflare": 43_275, "./vercel": 42_022 };

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
