import { FeatureflipClient } from "@featureflip/sdk";
import type { User } from "../environment.ts";
import type { WireSnapshot } from "../wire.ts";
import type { Contender, Context, Evaluator, EventEvaluator, Updatable } from "./contender.ts";

const logger = { debug() {}, info() {}, warn: fail, error: fail };

/** This project's SDK. */
export const ours: Contender = {
  name: "ours",
  packageName: "@featureflip/sdk",
  hashesAlike: true,
  start(snapshot: WireSnapshot): Evaluator {
    return evaluator(
      new FeatureflipClient({ mode: "offline", bootstrap: snapshot, logger }),
    );
  },

  startEvents(mode, baseUrl, snapshot): Promise<EventEvaluator> {
    const client = new FeatureflipClient({
      sdkKey: `sdk-bench-${mode}`,
      baseUrl,
      mode: "manual",
      bootstrap: snapshot,
      evaluationEvents: mode,
      logger,
    });
    return Promise.resolve({
      evaluator: evaluator(client),
      flush: () => client.flush(),
      dropped(): number {
        const { overflow, rejected, closed } = client.status.events.dropped;
        return overflow + rejected + closed;
      },
    });
  },

  async startUpdates(snapshot): Promise<Updatable> {
    let body = JSON.stringify(snapshot);
    const client = await FeatureflipClient.create({
      sdkKey: "sdk-bench-updates",
      mode: "manual",
      sendEvents: false,
      fetch: () => Promise.resolve(new Response(body)),
      logger,
    });
    return {
      evaluator: evaluator(client),
      toText: JSON.stringify,
      async apply(text): Promise<void> {
        body = text;
        await client.refresh();
      },
    };
  },
};

function evaluator(client: FeatureflipClient): Evaluator {
  return {
    toContext: ({ user_id, plan, country, email, age, appVersion }: User) => ({
      user_id,
      plan,
      country,
      email,
      age,
      appVersion,
    }),
    evaluate: (key, context, fallback) => client.variation(key, context, fallback),
    allFlags: (context: Context) => client.allFlags(context),
    close: () => client.close(),
  };
}

function fail(message: string): never {
  throw new Error(message);
}
