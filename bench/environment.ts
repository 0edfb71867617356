import type { WireCondition, WireFlag, WireRule, WireSegment, WireServe, WireSnapshot } from "./wire.ts";

/** The attributes of one user. */
export interface User {
  readonly user_id: string;
  readonly plan: string;
  readonly country: string;
  readonly email: string;
  readonly age: number;
  readonly appVersion: string;
}

/** The number of flags of a large environment. */
export const FLAG_COUNT = 1_000;

/** The flags of single workloads; they are part of the thousand. */
export const SIMPLE = "simple-flag";
export const FIVE_RULES = "five-rules";
export const LONG_LIST = "long-list";
export const ROLLOUT = "half-rollout";
export const SEGMENT = "beta-segment";

const PLANS = ["free", "basic", "team", "pro", "business", "enterprise"];
const COUNTRIES = [
  "DE",
  "FR",
  "US",
  "GB",
  "JP",
  "BR",
  "IN",
  "SE",
  "IT",
  "ES",
  "PL",
];
const HOSTS = [
  "example.com",
  "example.org",
  "mail.example.net",
  "corp.example",
  "school.example",
];
const SEGMENT_COUNT = 20;

/** A fixed list of users who all differ. */
export function makeUsers(count: number): User[] {
  return Array.from({ length: count }, (_, at) => makeUser(at));
}

/** Creates one user. */
export function makeUser(at: number): User {
  return {
    user_id: `user-${at}`,
    plan: PLANS[at % PLANS.length]!,
    country: COUNTRIES[(at * 7) % COUNTRIES.length]!,
    email: `user-${at}@${HOSTS[(at * 3) % HOSTS.length]}`,
    age: 18 + (at * 13) % 60,
    appVersion: `${2 + at % 3}.${at % 10}.${at % 7}`,
  };
}

/** An environment with this number of flags, the five special ones first. */
export function makeSnapshot(count: number, version = 1): WireSnapshot {
  const flags = specialFlags();
  for (let at = flags.length; at < count; at++) flags.push(mixedFlag(at));
  return {
    environment: "env-bench",
    version,
    flags: flags.slice(0, count),
    segments: segments(),
  };
}

function specialFlags(): WireFlag[] {
  return [
    booleanFlag(SIMPLE, [], fixed("on")),
    booleanFlag(FIVE_RULES, [
      rule(0, [condition("plan", "Equals", ["platinum"])], fixed("on")),
      rule(1, [condition("country", "In", ["NZ", "AU", "FJ"])], fixed("on")),
      rule(2, [condition("email", "Contains", ["@staff."])], fixed("on")),
      rule(3, [condition("age", "GreaterThanOrEqual", ["100"])], fixed("on")),
      rule(
        4,
        [condition("appVersion", "SemverGreaterThanOrEqual", ["1.9.0"])],
        fixed("on"),
      ),
    ], fixed("off")),
    booleanFlag(LONG_LIST, [
      rule(
        0,
        [condition(
          "user_id",
          "In",
          Array.from({ length: 1_000 }, (_, at) => `user-${at * 2}`),
        )],
        fixed("on"),
      ),
    ], fixed("off")),
    booleanFlag(ROLLOUT, [], half(ROLLOUT)),
    booleanFlag(
      SEGMENT,
      [segmentRule(0, "segment-0", fixed("on"))],
      fixed("off"),
    ),
  ];
}

/** The mix of flags in an environment: a quarter without rules, some off, targeting, rollouts, segments. */
function mixedFlag(at: number): WireFlag {
  const key = `flag-${at}-${["checkout", "search", "billing", "profile", "import", "mobile"][at % 6]}`;
  switch (at % 20) {
    case 0:
      return { ...booleanFlag(key, [], fixed("on")), enabled: false };
    case 1:
    case 2:
    case 3:
    case 4:
      return booleanFlag(key, [], fixed("on"));
    case 5:
    case 6:
    case 7:
    case 8: {
      const plans = [PLANS[at % 5]!, PLANS[(at >> 2) % 6]!];
      return booleanFlag(key, [
        rule(0, [condition("plan", "In", plans)], fixed("on")),
      ], fixed("off"));
    }
    case 9:
    case 10:
    case 11: {
      const conditions = [
        condition("country", "Equals", [COUNTRIES[at % 11]!]),
        condition("age", "GreaterThanOrEqual", [String(20 + at % 30)]),
      ];
      return booleanFlag(key, [rule(0, conditions, fixed("on"))], fixed("off"));
    }
    case 12:
    case 13:
      return stringFlag(key, [
        rule(
          0,
          [condition("country", "In", [
            COUNTRIES[at % 11]!,
            COUNTRIES[(at + 3) % 11]!,
          ])],
          fixed("large"),
        ),
        rule(
          1,
          [condition("plan", "Equals", [PLANS[at % 6]!])],
          fixed("medium"),
        ),
      ], fixed("small"));
    case 14:
    case 15:
      return booleanFlag(key, [], half(key));
    case 16:
    case 17:
      return booleanFlag(key, [
        segmentRule(0, `segment-${at % SEGMENT_COUNT}`, fixed("on")),
      ], fixed("off"));
    case 18: {
      const hosts = [`@${HOSTS[at % 5]}`];
      return booleanFlag(key, [
        rule(0, [condition("email", "EndsWith", hosts)], fixed("on")),
      ], fixed("off"));
    }
    default:
      return stringFlag(key, [
        rule(
          0,
          [condition("email", "Contains", [HOSTS[at % 5]!])],
          fixed("large"),
        ),
        rule(1, [
          condition("appVersion", "SemverGreaterThanOrEqual", ["3.4.0"]),
        ], fixed("medium")),
      ], fixed("small"));
  }
}

function segments(): WireSegment[] {
  return Array.from({ length: SEGMENT_COUNT }, (_, at) => ({
    key: `segment-${at}`,
    version: 1,
    conditionLogic: "And",
    conditions: [
      condition("plan", "In", [
        PLANS[at % 6]!,
        PLANS[(at + 2) % 6]!,
        PLANS[(at + 3) % 6]!,
      ]),
      condition("country", "In", COUNTRIES.slice(at % 5, at % 5 + 6)),
    ],
  }));
}

function booleanFlag(
  key: string,
  rules: WireRule[],
  fallthrough: WireServe,
): WireFlag {
  return {
    key,
    version: 1,
    type: "Boolean",
    enabled: true,
    variations: [{ key: "on", value: true }, { key: "off", value: false }],
    rules,
    fallthrough,
    offVariation: "off",
    prerequisites: [],
  };
}

function stringFlag(
  key: string,
  rules: WireRule[],
  fallthrough: WireServe,
): WireFlag {
  return {
    ...booleanFlag(key, rules, fallthrough),
    type: "String",
    variations: ["small", "medium", "large"].map((size) => ({
      key: size,
      value: `size-${size}`,
    })),
    offVariation: "small",
  };
}

function rule(
  priority: number,
  conditions: WireCondition[],
  serve: WireServe,
): WireRule {
  return {
    id: `rule-${priority}`,
    priority,
    conditionGroups: [{ operator: "And", conditions }],
    segmentKey: null,
    serve,
  };
}

function segmentRule(
  priority: number,
  segmentKey: string,
  serve: WireServe,
): WireRule {
  return {
    id: `rule-${priority}`,
    priority,
    conditionGroups: [],
    segmentKey,
    serve,
  };
}

function condition(
  attribute: string,
  operator: string,
  values: string[],
): WireCondition {
  return { attribute, operator, values, negate: false };
}

function fixed(variation: string): WireServe {
  return { type: "Fixed", variation };
}

function half(salt: string): WireServe {
  return {
    type: "Rollout",
    bucketBy: "userId",
    salt,
    variations: [{ key: "on", weight: 50 }, { key: "off", weight: 50 }],
  };
}
