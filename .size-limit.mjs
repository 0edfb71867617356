// What each entry weighs in an application: bundled with all it imports but its host, minified, compressed.
// A limit is the weight when somebody last looked, and little more.
import { readFileSync } from "node:fs";

/** In bytes. */
const LIMITS = {
  ".": 40_773,
  "./cli": 95_441,
  "./cloudflare": 48_823,
  "./deno": 10_071,
  "./evaluate": 12_762,
  "./flags-sdk": 41_922,
  "./hono": 41_811,
  "./ofrep": 10_665,
  "./openfeature": 42_742,
  "./opentelemetry": 2_122,
  "./redis": 10_001,
  "./server": 64_593,
  "./stores": 9_998,
  "./testing": 927,
  "./vercel": 47_549,
};

/** The same in what `workerd` and `edge-light` get, from `dist/`. */
const EDGE_LIMITS = { ".": 36_526, "./cloudflare": 44_277, "./vercel": 43_048 };

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
