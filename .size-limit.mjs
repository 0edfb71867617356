// What each entry weighs in an application: bundled with all it imports but its host, minified, compressed.
// A limit is the weight when somebody last looked, and little more.
import { readFileSync } from "node:fs";

/** In bytes. */
const LIMITS = {
  ".": 40_828,
  "./cli": 95_482,
  "./cloudflare": 48_890,
  "./deno": 10_048,
  "./evaluate": 12_737,
  "./flags-sdk": 41_976,
  "./hono": 41_862,
  "./ofrep": 10_637,
  "./openfeature": 42_801,
  "./opentelemetry": 2_082,
  "./redis": 9_970,
  "./server": 64_635,
  "./stores": 9_974,
  "./testing": 927,
  "./vercel": 47_612,
};

/** The same in what `workerd` and `edge-light` get, from `dist/`. */
const EDGE_LIMITS = { ".": 36_585, "./cloudflare": 44_325, "./vercel": 43_099 };

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
