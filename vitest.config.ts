import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import type { ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  resolve: {
    alias: [
      { find: /^@featureflip\/sdk$/, replacement: fileURLToPath(new URL("./mod.ts", import.meta.url)) },
      {
        find:
          /^@featureflip\/sdk\/(cloudflare|deno|flags-sdk|hono|openfeature|opentelemetry|redis|stores|vercel)$/,
        replacement: fileURLToPath(new URL("./src/adapters/$1/mod.ts", import.meta.url)),
      },
      {
        find: /^@featureflip\/sdk\/(server|testing)$/,
        replacement: fileURLToPath(new URL("./src/$1/mod.ts", import.meta.url)),
      },
    ],
  },
  test: {
    include: ["test/**/*.test.ts", "examples/testing/vitest.test.ts"],
    setupFiles: ["test/support/seed.ts"],
    // Against hanging alone: a busy machine takes its time. `bun test` is told the same in package.json.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Much of it waits for sockets, and all of it runs in one process under `bun test` anyway.
    isolate: false,
    maxWorkers: 2,
    reporters: ["default", "./scripts/count-reporter.ts"],
    coverage: { include: ["src/**"] },
  },
});

export default config;
