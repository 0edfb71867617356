import { mock } from "node:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { FeatureflipClient } from "../../../src/client/client.ts";
import { Service } from "../../support/service.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import { wireFlag, wireSnapshot } from "../../support/wire.ts";

const real = { setTimeout, clearTimeout, now: Date.now };

afterEach(() => {
  vi.useRealTimers();
  mock.timers.reset();
  Object.assign(globalThis, { setTimeout: real.setTimeout, clearTimeout: real.clearTimeout });
  Date.now = real.now;
});

/** What tests put in the place of timers and of the clock. */
const MOCKS: Readonly<Record<string, () => void>> = {
  "setTimeout returns nothing": () => {
    globalThis.setTimeout = (() => undefined) as unknown as typeof setTimeout;
  },
  "setTimeout calls back at once": () => {
    globalThis.setTimeout = ((callback: () => void) => void callback()) as unknown as typeof setTimeout;
  },
  "setTimeout throws": () => {
    globalThis.setTimeout = (() => {
      throw new Error("no timers in tests");
    }) as unknown as typeof setTimeout;
  },
  "setTimeout and clearTimeout are missing": () => {
    Object.assign(globalThis, { setTimeout: undefined, clearTimeout: undefined });
  },
  "setTimeout returns what Jest's legacy fake timers do": () => {
    globalThis.setTimeout = (() => ({ id: 1, ref() {}, unref() {} })) as unknown as typeof setTimeout;
  },
  "Date.now returns undefined": () => {
    Date.now = () => undefined as unknown as number;
  },
  "Date.now returns NaN": () => {
    Date.now = () => NaN;
  },
  "Date.now stands at 0": () => {
    Date.now = () => 0;
  },
  "Date.now throws": () => {
    Date.now = () => {
      throw new Error("no clock in tests");
    };
  },
  "fake timers of Vitest, Jest and Sinon": () => {
    vi.useFakeTimers();
  },
  "fake timers without a fake clock": () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval"] });
  },
  "fake timers of node:test": () => {
    mock.timers.enable({ apis: ["setTimeout", "Date"] });
  },
};

describe("FeatureflipClient, while a test replaces time", () => {
  it.each(Object.keys(MOCKS))(
    "evaluates, and sends what it recorded later, where %s (contract §3)",
    async (name) => {
      const service = new Service({ snapshot: wireSnapshot([wireFlag("dark-mode")]) });
      const seen: unknown[] = [];
      const client = new FeatureflipClient({
        sdkKey: `sdk-mocked-${name.replaceAll(/\W/g, "")}`,
        baseUrl: "https://flags.example",
        mode: "manual",
        fetch: service.fetch,
        logger: createRecordingLogger(),
        flushBatchSize: 2,
        inspectors: [(event) => seen.push(event)],
      });
      await client.refresh();
      MOCKS[name]!();
      for (let count = 0; count < 5; count++) {
        expect(client.variation("dark-mode", { user_id: "u" }, false)).toBe(true);
        expect(client.variation("unknown", {}, "default")).toBe("default");
        expect(client.variationDetail("dark-mode", {}, false, { track: true }).reason).toBe("FALLTHROUGH");
        expect(client.forContext({ user_id: "u" }).boolVariation("dark-mode", false)).toBe(true);
        expect(client.allFlags({})).toEqual({ "dark-mode": true });
        expect(client.explain("dark-mode", {}).detail.value).toBe(true);
      }
      vi.useRealTimers();
      mock.timers.reset();
      Object.assign(globalThis, { setTimeout: real.setTimeout, clearTimeout: real.clearTimeout });
      Date.now = real.now;
      client.variation("dark-mode", { user_id: "after" }, false);
      await client.close();
      expect(service.events.map(({ userId }) => userId)).toContain("after");
    },
  );

  it.each([() => undefined, () => {
    throw new Error("no JSON in tests");
  }])("evaluates where JSON.stringify is mocked as %s (contract §3)", (stringify) => {
    const client = new FeatureflipClient({
      mode: "offline",
      bootstrap: wireSnapshot([wireFlag("dark-mode")]),
    });
    const mocked = vi.spyOn(JSON, "stringify").mockImplementation(stringify as () => never);
    try {
      expect(client.variation("dark-mode", { user_id: "u" }, false)).toBe(true);
      expect(client.variation("unknown", { user_id: "u" }, "default")).toBe("default");
      expect(client.stringVariation("dark-mode", {}, "default")).toBe("default");
    } finally {
      mocked.mockRestore();
    }
  });

  it.each([() => null, () => ["{"], () => "{", () => {
    throw new Error("no JSON in tests");
  }])(
    "records every event as it is where JSON.stringify is mocked as %s (contract §3, §5)",
    async (stringify) => {
      const bodies: string[] = [];
      const client = new FeatureflipClient({
        sdkKey: "sdk-mocked-json",
        mode: "manual",
        bootstrap: wireSnapshot([wireFlag("dark-mode")]),
        fetch: (_, init) => {
          bodies.push(String(init?.body));
          return Promise.resolve(new Response("{}"));
        },
      });
      const mocked = vi.spyOn(JSON, "stringify").mockImplementation(stringify as () => never);
      try {
        expect(client.variation("dark-mode", { user_id: "ü" }, false)).toBe(true);
        client.track("bought", { user_id: "u" }, { price: 5 });
        client.identify({ user_id: "u", plan: "pro" });
      } finally {
        mocked.mockRestore();
      }
      await client.close();
      expect(bodies.map((body) => JSON.parse(body) as unknown)).toMatchObject([{
        events: [
          { type: "Evaluation", userId: "ü" },
          { type: "Custom", metadata: { price: 5 } },
          { type: "Identify", metadata: { plan: "pro" } },
        ],
      }]);
    },
  );
});
