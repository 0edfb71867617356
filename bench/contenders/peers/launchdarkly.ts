import { init } from "@launchdarkly/node-server-sdk";
import type { LDClient, LDContext } from "@launchdarkly/node-server-sdk";
import type { User } from "../../environment.ts";
import type { WireCondition, WireFlag, WireServe, WireSnapshot } from "../../wire.ts";
import type { Contender, Evaluator, EventEvaluator } from "../contender.ts";
import { indexOf, plainRules } from "./plain-rules.ts";
import { serveOnce } from "./serve-once.ts";

const OPERATORS: Readonly<Record<string, string>> = {
  Equals: "in",
  In: "in",
  Contains: "contains",
  EndsWith: "endsWith",
  GreaterThanOrEqual: "greaterThanOrEqual",
};

const logger = { debug() {}, info() {}, warn() {}, error: console.error };

/** LaunchDarkly's SDK for Node, polling a service on loopback once. Its evaluation returns promises. */
export const contender: Contender = {
  name: "LaunchDarkly",
  hashesAlike: false,
  countsOnly: true,
  toText,
  start: async (text): Promise<Evaluator> => evaluator(await start(await serveOnce(text), false)),
  async startEvents(_mode, _baseUrl, text): Promise<EventEvaluator> {
    const client = await start(await serveOnce(text), true);
    return { evaluator: evaluator(client), flush: () => client.flush() };
  },
};

async function start(url: string, sendEvents: boolean): Promise<LDClient> {
  const client = init("sdk-bench", {
    stream: false,
    pollInterval: 86_400,
    baseUri: url,
    eventsUri: url,
    streamUri: url,
    sendEvents,
    flushInterval: 86_400,
    diagnosticOptOut: true,
    logger,
  });
  await client.waitForInitialization({ timeout: 10 });
  return client;
}

function evaluator(client: LDClient): Evaluator {
  return {
    toContext: ({ user_id, plan, country, email, age, appVersion }: User) => ({
      kind: "user",
      key: user_id,
      plan,
      country,
      email,
      age,
      appVersion,
    }),
    evaluate: (key, context, fallback) => client.variation(key, context as LDContext, fallback),
    allFlags: (context) => client.allFlagsState(context as LDContext),
  };
}

function toText(snapshot: WireSnapshot): string {
  return JSON.stringify({
    flags: Object.fromEntries(snapshot.flags.map((flag) => [flag.key, toFlag(flag, snapshot)])),
    segments: Object.fromEntries(snapshot.segments.map(({ key, version, conditions }) => [key, {
      key,
      version,
      included: [],
      excluded: [],
      salt: key,
      rules: [{ id: "rule-0", clauses: conditions.map(toClause) }],
    }])),
  });
}

function toFlag(flag: WireFlag, snapshot: WireSnapshot): object {
  return {
    key: flag.key,
    version: flag.version,
    on: flag.enabled,
    variations: flag.variations.map(({ value }) => value),
    offVariation: indexOf(flag, flag.offVariation),
    fallthrough: toServe(flag, flag.fallthrough),
    rules: plainRules(flag, snapshot).map(({ conditions, segment, variation }, at) => ({
      id: `rule-${at}`,
      clauses: segment === undefined
        ? conditions.map(toClause)
        : [{ attribute: "", op: "segmentMatch", values: [segment.key], negate: false }],
      variation: indexOf(flag, variation),
    })),
    prerequisites: [],
    targets: [],
    salt: flag.key,
    trackEvents: false,
    clientSideAvailability: { usingMobileKey: false, usingEnvironmentId: false },
  };
}

function toServe(flag: WireFlag, { variation, variations }: WireServe): object {
  if (variations === undefined) return { variation: indexOf(flag, variation) };
  return {
    rollout: {
      contextKind: "user",
      bucketBy: "key",
      variations: variations.map(({ key, weight }) => ({
        variation: indexOf(flag, key),
        weight: weight * 1000,
      })),
    },
  };
}

function toClause({ attribute, operator, values }: WireCondition): object {
  const shared = { attribute: attribute === "user_id" ? "key" : attribute, contextKind: "user" };
  if (operator === "SemverGreaterThanOrEqual") {
    return { ...shared, op: "semVerLessThan", values, negate: true };
  }
  const op = OPERATORS[operator];
  if (op === undefined) throw new Error(`LaunchDarkly has no ${operator}`);
  return { ...shared, op, values: op === "greaterThanOrEqual" ? values.map(Number) : values, negate: false };
}
