import { describe, expect, it } from "vitest";
import { withFlags as withWorkerFlags } from "../../../../src/adapters/cloudflare/mod.ts";
import { createFeatureflipAdapter } from "../../../../src/adapters/flags-sdk/mod.ts";
import { featureflip } from "../../../../src/adapters/hono/mod.ts";
import { withFlags as withVercelFlags } from "../../../../src/adapters/vercel/mod.ts";
import { ConfigurationError } from "../../../../src/errors/configuration-error.ts";

interface Timeout {
  readonly timeout: number;
}

const adapters: Readonly<Record<string, (options: Timeout) => unknown>> = {
  "withFlags() of a Worker": (options) => withWorkerFlags(() => new Response(), options),
  "withFlags() of a Vercel function": (options) => withVercelFlags(() => new Response(), options),
  "featureflip()": featureflip,
  "createFeatureflipAdapter()": createFeatureflipAdapter,
};

describe("what waits for a request's flags", () => {
  for (const [name, make] of Object.entries(adapters)) {
    it(`${name} refuses a time-out that is none, before a request is served its defaults for it (contract §7)`, () => {
      for (const timeout of [0, -1, NaN, Infinity, "3000", null]) {
        expect(() => make({ timeout: timeout as number })).toThrow(ConfigurationError);
      }
      expect(() => make({ timeout: 1 })).not.toThrow();
    });
  }
});
