import { createClient } from "@vercel/flags-core";
import type { DatafileInput, FlagsClient } from "@vercel/flags-core";
import { FIVE_RULES } from "../../environment.ts";
import type { User } from "../../environment.ts";
import type { WireCondition, WireFlag, WireServe, WireSnapshot } from "../../wire.ts";
import type { Contender, Evaluator } from "../contender.ts";
import { indexOf, plainRules } from "./plain-rules.ts";

type Definition = DatafileInput["definitions"][string];

/** Vercel's flags, evaluated from a data file. Its evaluation returns promises. */
export const contender: Contender = {
  name: "Vercel",
  hashesAlike: false,
  cannot: { [FIVE_RULES]: "Vercel's flags compare no versions; among the thousand, patterns stand for them" },
  toText: (snapshot) => JSON.stringify(toDatafile(snapshot)),
  async start(text): Promise<Evaluator> {
    const datafile = JSON.parse(text) as DatafileInput;
    const client = createClient("vf_server_bench", {
      datafile,
      stream: false,
      polling: false,
      disableMetrics: true,
      buildStep: false,
    });
    await client.initialize();
    return evaluator(client, Object.keys(datafile.definitions));
  },
};

function evaluator(client: FlagsClient, keys: readonly string[]): Evaluator {
  const inputs = keys.map((key) => ({ key }));
  return {
    toContext: ({ user_id, plan, country, email, age, appVersion }: User) => ({
      user: { id: user_id, plan, country, email, age, appVersion },
    }),
    evaluate: async (key, context, fallback) =>
      (await client.evaluate(key, fallback, context as Record<string, unknown>)).value,
    allFlags: (context) => client.bulkEvaluate(inputs, context as Record<string, unknown>),
  };
}

function toDatafile(snapshot: WireSnapshot): DatafileInput {
  return {
    environment: "production",
    projectId: "bench",
    configUpdatedAt: snapshot.version,
    definitions: Object.fromEntries(snapshot.flags.map((flag) => [flag.key, toDefinition(flag, snapshot)])),
    segments: Object.fromEntries(snapshot.segments.map(({ key, conditions }) => [key, {
      rules: [{ conditions: conditions.map(toCondition), outcome: 1 }],
    }])),
  } as unknown as DatafileInput;
}

function toDefinition(flag: WireFlag, snapshot: WireSnapshot): Definition {
  const rules = plainRules(flag, snapshot).map(({ conditions, segment, variation }) => ({
    conditions: segment === undefined ? conditions.map(toCondition) : [["segment", "eq", segment.key]],
    outcome: indexOf(flag, variation),
  }));
  return {
    variants: flag.variations.map(({ value }) => value),
    variantIds: flag.variations.map(({ key }) => key),
    seed: Number(flag.key.replaceAll(/\D/g, "")) + 1,
    environments: {
      production: flag.enabled
        ? { rules, fallthrough: toOutcome(flag, flag.fallthrough) }
        : indexOf(flag, flag.offVariation),
    },
  } as unknown as Definition;
}

function toOutcome(flag: WireFlag, { variation, variations }: WireServe): unknown {
  if (variations === undefined) return indexOf(flag, variation);
  const weights = flag.variations.map(({ key }) => variations.find((each) => each.key === key)?.weight ?? 0);
  return { type: "split", base: ["user", "id"], weights, defaultVariant: indexOf(flag, flag.offVariation) };
}

function toCondition({ attribute, operator, values }: WireCondition): unknown[] {
  const path = ["user", attribute === "user_id" ? "id" : attribute];
  const value = values[0]!;
  switch (operator) {
    case "Equals":
      return [path, "eq", value];
    case "In":
      return [path, "oneOf", values];
    case "Contains":
      return [path, "contains", value];
    case "EndsWith":
      return [path, "endsWith", value];
    case "GreaterThanOrEqual":
      return [path, "gte", Number(value)];
    case "SemverGreaterThanOrEqual": {
      const [major, minor] = value.split(".").map(Number) as [number, number];
      return [path, "regex", {
        type: "regex",
        pattern: `^([${major + 1}-9]|${major}\\.[${minor}-9])\\.`,
        flags: "",
      }];
    }
    default:
      throw new Error(`Vercel's flags have no ${operator}`);
  }
}
