import { InMemStorageProvider, Unleash } from "unleash-client";
import type { Context as UnleashContext } from "unleash-client";
import type { User } from "../../environment.ts";
import type { WireCondition, WireFlag, WireSnapshot } from "../../wire.ts";
import type { Contender, Evaluator, EventEvaluator } from "../contender.ts";
import { plainRules, valueOf } from "./plain-rules.ts";
import { serveOnce } from "./serve-once.ts";

const OPERATORS: Readonly<Record<string, string>> = {
  Equals: "IN",
  In: "IN",
  Contains: "STR_CONTAINS",
  EndsWith: "STR_ENDS_WITH",
  GreaterThanOrEqual: "NUM_GTE",
  SemverGreaterThanOrEqual: "SEMVER_GTE",
};

/** Unleash's client for Node, from a service on loopback. Rules are strategies, strings are variants. */
export const contender: Contender = {
  name: "Unleash",
  hashesAlike: false,
  countsOnly: true,
  toText,
  start: async (text): Promise<Evaluator> => evaluator(await start(await serveOnce(text), true)),
  async startEvents(_mode, _baseUrl, text): Promise<EventEvaluator> {
    const client = await start(await serveOnce(text), false);
    return { evaluator: evaluator(client), flush: () => client.flushMetrics() };
  },
};

async function start(url: string, disableMetrics: boolean): Promise<Unleash> {
  const client = new Unleash({
    url: `${url}/api/`,
    appName: "bench",
    refreshInterval: 86_400_000,
    metricsInterval: 86_400_000,
    disableMetrics,
    storageProvider: new InMemStorageProvider(),
    skipInstanceCountWarning: true,
  });
  await new Promise((resolve, reject) => client.on("synchronized", resolve).on("error", reject));
  return client;
}

function evaluator(client: Unleash): Evaluator {
  const evaluate = (key: string, context: UnleashContext, fallback: boolean | string): unknown => {
    if (typeof fallback === "boolean") return client.isEnabled(key, context, fallback);
    return client.getVariant(key, context).payload?.value ?? fallback;
  };
  return {
    toContext: ({ user_id, plan, country, email, age, appVersion }: User) => ({
      userId: user_id,
      properties: { plan, country, email, age, appVersion },
    }),
    evaluate: (key, context, fallback) => evaluate(key, context as UnleashContext, fallback),
    allFlags(context): object {
      const values: Record<string, unknown> = {};
      for (const { name, strategies } of client.getFeatureToggleDefinitions()) {
        const fallback = strategies?.[0]?.variants?.length ? "" : false;
        values[name] = evaluate(name, context as UnleashContext, fallback);
      }
      return values;
    },
  };
}

function toText(snapshot: WireSnapshot): string {
  return JSON.stringify({
    version: 2,
    features: snapshot.flags.map((flag) => toFeature(flag, snapshot)),
    segments: snapshot.segments.map(({ conditions }, id) => ({
      id,
      constraints: conditions.map(toConstraint),
    })),
  });
}

function toFeature(flag: WireFlag, snapshot: WireSnapshot): object {
  const variants = (variation: string): object =>
    flag.type === "Boolean" ? {} : {
      variants: [{
        name: variation,
        weight: 1000,
        stickiness: "default",
        payload: { type: "string", value: valueOf(flag, variation) },
      }],
    };
  const strategies = plainRules(flag, snapshot).map(({ conditions, segment, variation }) => ({
    name: "default",
    parameters: {},
    constraints: conditions.map(toConstraint),
    ...(segment !== undefined && { segments: [snapshot.segments.indexOf(segment)] }),
    ...variants(variation),
  }));
  const { variations, variation } = flag.fallthrough;
  if (variations !== undefined) {
    const parameters = { rollout: String(variations[0]!.weight), stickiness: "userId", groupId: flag.key };
    strategies.push({ name: "flexibleRollout", parameters, constraints: [] });
  } else if (variation !== "off") {
    strategies.push({ name: "default", parameters: {}, constraints: [], ...variants(variation!) });
  }
  return { name: flag.key, type: "release", enabled: flag.enabled, strategies, variants: [] };
}

function toConstraint({ attribute, operator, values }: WireCondition): object {
  const name = OPERATORS[operator];
  if (name === undefined) throw new Error(`Unleash has no ${operator}`);
  const contextName = attribute === "user_id" ? "userId" : attribute;
  return name === "NUM_GTE" || name === "SEMVER_GTE"
    ? { contextName, operator: name, inverted: false, values: [], value: values[0] }
    : { contextName, operator: name, inverted: false, values };
}
