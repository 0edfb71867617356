import { defineConfig } from "vitest/config";
import type { ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  // The package's own name means its sources: the condition `source` of package.json's exports.
  ssr: { resolve: { conditions: ["source", "node", "development|production"] } },
  test: {
    include: ["test/**/*.test.ts", "examples/testing/vitest.test.ts"],
    exclude: ["test/apps/**", "**/node_modules/**"],
    setupFiles: ["test/support/seed.ts"],
    // Against hanging alone: a busy machine takes its time. `bun test` is told the same in package.json.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Much of it waits for sockets, and all of it runs in one process under `bun test` anyway.
    isolate: false,
    maxWorkers: 2,
    reporters: ["default", "./test/support/count-reporter.ts"],
    coverage: { include: ["src/**"] },
  },
});

export default config;
