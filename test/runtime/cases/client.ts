import { ConfigurationError, FeatureflipClient, InitializationError } from "@featureflip/sdk";
import type { Logger } from "@featureflip/sdk";
import type { Case } from "../case.ts";
import { WRITE_TOKEN } from "../credentials.ts";
import { expectEqual, expectTrue } from "../expect.ts";
import { until } from "../until.ts";
import { watchWork } from "../watch-work.ts";

/** The client's life on this host, against a real server on the loopback. */
export const clientCases: readonly Case[] = [
  {
    name: "FeatureflipClient is constructed without I/O, timer or randomness (contract §6)",
    async run() {
      const stop = watchWork();
      const client = new FeatureflipClient({ sdkKey: "sdk-constructed" });
      expectEqual(stop(), [], "uses");
      await client.close();
    },
  },
  {
    name: "FeatureflipClient refuses an option it does not know (contract §7)",
    run() {
      const options = { sdkKey: "sdk-unknown-option", pollIntervall: 1000 };
      let failure: unknown;
      try {
        new FeatureflipClient(options);
      } catch (error) {
        failure = error;
      }
      expectTrue(failure instanceof ConfigurationError, `threw ${failure}`);
    },
  },
  {
    name: "variation() serves the default before there are flags (contract §3.1)",
    async run() {
      const client = new FeatureflipClient({ sdkKey: "sdk-not-ready", mode: "manual" });
      expectEqual(client.variation("greeting", {}, "Hi"), "Hi", "value");
      const { reason, error } = client.variationDetail("greeting", {}, "Hi");
      expectEqual([reason, error?.code], ["ERROR", "CLIENT_NOT_READY"], "reason");
      await client.close();
    },
  },
  {
    name: "create() resolves with the flags of a real server, and close() lets go of them",
    async run({ origin }) {
      const client = await FeatureflipClient.create({ sdkKey: "sdk-create", baseUrl: origin });
      const detail = client.variationDetail("greeting", {}, "Hi");
      await client.close();
      expectEqual(detail, { value: "Hello", variationKey: "hello", reason: "FALLTHROUGH" }, "detail");
      expectEqual(client.variation("greeting", {}, "Hi"), "Hi", "value after close()");
    },
  },
  {
    name: "create() rejects when the key is rejected, and does not tell the key (contract §1)",
    async run({ origin }) {
      const sdkKey = "sdk-of-somebody-else";
      const messages: string[] = [];
      const failure = await FeatureflipClient.create({
        sdkKey,
        baseUrl: origin,
        logger: loggerInto(messages),
      })
        .then(() => undefined, (error: unknown) => error);
      expectTrue(failure instanceof InitializationError, `rejected with ${failure}`);
      expectTrue(![String(failure), ...messages].join().includes(sdkKey), "a message tells the key");
    },
  },
  {
    name: "a change is served once it has arrived, by stream where there is a background (contract §4)",
    async run({ origin }) {
      const client = await FeatureflipClient.create({
        sdkKey: "sdk-change",
        baseUrl: origin,
        sendEvents: false,
      });
      try {
        const updated = new Promise<readonly string[]>((resolve) => client.on("update", resolve));
        await changeGreeting(origin, "bye");
        if (client.status.mode !== "streaming") await client.refresh();
        expectEqual(await updated, ["greeting"], "updated keys");
        expectEqual(client.variation("greeting", {}, "Hi"), "Bye", "value");
      } finally {
        await client.close();
        await changeGreeting(origin, "hello");
      }
    },
  },
  {
    name:
      "a lazy client serves old flags while the service is away, STALE, and fresh ones after (contract §6.2)",
    async run({ origin }) {
      let isAway = false;
      const client = await FeatureflipClient.create({
        sdkKey: "sdk-stale",
        baseUrl: origin,
        mode: "lazy",
        maxAge: 20,
        sendEvents: false,
        fetch: (input, init) => isAway ? Promise.reject(new TypeError("away")) : fetch(input, init),
        logger: loggerInto([]),
      });
      const serves = async (value: string, state: string): Promise<boolean> => {
        await client.waitForInitialization();
        return client.variation("greeting", {}, "Hi") === value && client.status.state === state;
      };
      try {
        isAway = true;
        await changeGreeting(origin, "bye");
        await until(() => serves("Hello", "STALE"), "STALE");
        expectTrue(client.status.age! > 20, `${client.status.age} ms old`);
        isAway = false;
        await until(() => serves("Bye", "READY"), "READY");
        expectEqual(client.status.lastError, undefined, "last error");
      } finally {
        await client.close();
        await changeGreeting(origin, "hello");
      }
    },
  },
  {
    name: "flush() delivers events to a real server (contract §5)",
    async run({ origin }) {
      const client = new FeatureflipClient({ sdkKey: "sdk-flush", baseUrl: origin, mode: "manual" });
      const name = `checkout ${crypto.randomUUID()}`;
      client.track(name, { user_id: "u-1" }, { total: 9.99 });
      await client.flush();
      await client.close();
      const response = await fetch(`${origin}/v1/local/events`, { headers: LOCAL });
      const { events }: { events: { flagKey: string; timestamp: string }[] } = await response.json();
      const received = events.filter(({ flagKey }) => flagKey === name).map(({ timestamp: _, ...rest }) =>
        rest
      );
      const expected = { type: "Custom", flagKey: name, userId: "u-1", metadata: { total: 9.99 } };
      expectEqual(received, [expected], "events");
    },
  },
];

const LOCAL: Readonly<Record<string, string>> = { authorization: `Bearer ${WRITE_TOKEN}` };

async function changeGreeting(origin: string, variation: string): Promise<void> {
  const response = await fetch(`${origin}/v1/local/flags/greeting`, {
    method: "PATCH",
    headers: { ...LOCAL, "content-type": "application/json" },
    body: JSON.stringify({ fallthrough: { type: "Fixed", variation } }),
  });
  expectTrue(response.ok, `PATCH answered ${response.status}: ${await response.text()}`);
}

function loggerInto(messages: string[]): Logger {
  const log = (message: string): void => {
    messages.push(message);
  };
  return { debug: log, info: log, warn: log, error: log };
}
