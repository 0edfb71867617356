// What each entry weighs in an application: bundled with all it imports but its host, minified, compressed.
// A limit is the weight when somebody last looked, and little more.
import { readFileSync } from "node:fs";

/** In bytes. */
const LIMITS = {
  ".": 40_554,
  "./cli": 94_893,
  "./cloudflare": 48_562,
  "./deno": 10_036,
  "./evaluate": 12_762,
  "./flags-sdk": 41_687,
  "./hono": 41_586,
  "./ofrep": 10_669,
  "./openfeature": 42_505,
  "./opentelemetry": 2_122,
  "./redis": 9_966,
  "./server": 64_256,
  "./stores": 9_968,
  "./testing": 927,
  "./vercel": 47_268,
};

/** The same in what `workerd` and `edge-light` get, from `dist/`. */
const EDGE_LIMITS = { ".": 36_309, "./cloudflare": 43_998, "./vercel": 42_780 };

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
