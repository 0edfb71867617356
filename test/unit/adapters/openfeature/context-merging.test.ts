import { AsyncLocalStorageTransactionContextPropagator, OpenFeature } from "@openfeature/server-sdk";
import type { EvaluationContext } from "@openfeature/server-sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FeatureflipProvider } from "../../../../src/adapters/openfeature/mod.ts";
import { FeatureflipClient } from "../../../../src/client/client.ts";

const LEVELS = ["API", "Transaction", "Client", "Invocation", "Before Hooks"] as const;
type Level = typeof LEVELS[number];

/** What the client evaluated, as an inspector sees it. */
const contexts: unknown[] = [];
const provider = new FeatureflipProvider({
  client: FeatureflipClient.forTesting({ flag: true }, {
    inspectors: [({ context }) => contexts.push(context)],
  }),
});

/** Evaluates a flag with a context on each level that is named, and returns what reached the client. */
async function evaluateWith(added: Partial<Record<Level, EvaluationContext>>): Promise<unknown> {
  OpenFeature.setContext(added.API ?? {});
  const client = OpenFeature.getClient("merging", added.Client ?? {});
  const hooks = [{ before: () => added["Before Hooks"] }];
  await new Promise<void>((settle, fail) => {
    OpenFeature.setTransactionContext(added.Transaction ?? {}, () => {
      void client.getBooleanValue("flag", false, added.Invocation ?? {}, { hooks }).then(
        () => settle(),
        fail,
      );
    });
  });
  return contexts.pop();
}

describe("contexts of OpenFeature's levels, as its suite contextMerging has them (3.2.3)", () => {
  beforeAll(async () => {
    OpenFeature.setTransactionContextPropagator(new AsyncLocalStorageTransactionContextPropagator());
    await OpenFeature.setProviderAndWait("merging", provider);
  });
  afterAll(async () => {
    OpenFeature.setContext({});
    await OpenFeature.close();
    await provider.client.close();
  });

  it.each(LEVELS)("an entry of the level %s reaches the client", async (level) => {
    expect(await evaluateWith({ [level]: { key: "value" } })).toEqual({ key: "value" });
  });

  it("entries with different keys on all levels reach the client", async () => {
    const added = Object.fromEntries(LEVELS.map((level) => [level, { [level]: `${level} value` }]));
    const merged = Object.fromEntries(LEVELS.map((level) => [level, `${level} value`]));
    expect(await evaluateWith(added)).toEqual(merged);
  });

  it.each(LEVELS)("an entry of the level %s replaces those of the levels before", async (level) => {
    const upTo = LEVELS.slice(0, LEVELS.indexOf(level) + 1);
    const added = Object.fromEntries(upTo.map((name) => [name, { key: name }]));
    expect(await evaluateWith(added)).toEqual({ key: level });
  });
});
