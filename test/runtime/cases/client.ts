import * as sdk from "@featureflip/sdk";
import type { Case } from "../case.ts";
import { expectEqual, expectTrue } from "../expect.ts";
import { watchWork } from "../watch-work.ts";

const { FeatureflipClient } = sdk;

/** The client's life on this host, against a real server on the loopback. */
export const clientCases: readonly Case[] = [
  {
    name: "FeatureflipClient is constructed without I/O, timer or randomness (contract §6)",
    async run() {
      const stop = watchWork();
      const client = new FeatureflipClient({ sdkKey: "sdk-constructed", mode: "manual" });
      expectEqual(stop(), [], "uses");
      await client.close();
    },
  },
  {
    name: "variation() serves the default before there are flags",
    async run() {
      const client = new FeatureflipClient({ sdkKey: "sdk-not-ready", mode: "manual" });
      expectEqual(client.variation("greeting", {}, "Hi"), "Hi", "value");
      expectEqual(client.variationDetail("greeting", {}, "Hi").reason, "ERROR", "reason");
      expectEqual(client.isInitialized, false, "isInitialized");
      await client.close();
    },
  },
  {
    name: "refresh() fetches the flags over the network",
    async run({ origin }) {
      const client = new FeatureflipClient({
        sdkKey: "sdk-runtime-suite",
        baseUrl: origin,
        mode: "manual",
        sendEvents: false,
      });
      await client.refresh();
      expectEqual(client.variationDetail("greeting", {}, "Hi"), {
        value: "Hello",
        variationKey: "hello",
        reason: "FALLTHROUGH",
      }, "detail");
      await client.close();
      expectEqual(client.variation("greeting", {}, "Hi"), "Hi", "value after close()");
    },
  },
  {
    name: "create() rejects with an InitializationError that does not tell the rejected key",
    async run({ origin }) {
      const sdkKey = "sdk-of-somebody-else";
      const logger = { debug(): void {}, info(): void {}, warn(): void {}, error(): void {} };
      const failure = await FeatureflipClient.create({ sdkKey, baseUrl: origin, logger }).then(
        () => undefined,
        (error: unknown) => error,
      );
      expectTrue(failure instanceof sdk.InitializationError, `rejected with ${failure}`);
      expectTrue(!String(failure).includes(sdkKey), "the message tells the key");
    },
  },
  {
    name: "FeatureflipClient refuses an option it does not know",
    run() {
      const options = { sdkKey: "sdk-typing-mistake", pollIntervall: 1000 };
      let failure: unknown;
      try {
        new FeatureflipClient(options);
      } catch (error) {
        failure = error;
      }
      expectTrue(failure instanceof sdk.ConfigurationError, `threw ${failure}`);
    },
  },
];
