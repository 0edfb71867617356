/** Conformance vectors, format version 1, run through the public API alone. */
import { FeatureflipClient } from "@featureflip/sdk";
import type { EvaluationDetail, FeatureflipOptions, SnapshotInput } from "@featureflip/sdk";
import type { Case } from "../case.ts";
import { expectEqual, expectTrue } from "../expect.ts";

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Attributes = Readonly<Record<string, Json>>;

/** A file of conformance vectors. */
export interface Vectors {
  readonly bucketVectors?: readonly BucketVector[];
  readonly conditionVectors?: readonly ConditionVector[];
  readonly dateVectors?: readonly ConditionVector[];
  readonly unknownOperatorVectors?: readonly ConditionVector[];
  readonly flagVectors?: readonly FlagVector[];
  readonly contractVectors?: readonly ContractVector[];
  readonly malformedVectors?: { readonly seed: SnapshotJson; readonly vectors: readonly MalformedVector[] };
  readonly eventVectors?: readonly EventVector[];
}

interface Vector {
  readonly id: string;
  readonly description?: string;
}

interface BucketVector extends Vector {
  readonly salt: string;
  readonly value: string;
  readonly expectedBucket: number;
}

interface ConditionVector extends Vector {
  readonly attribute: { readonly type: string; readonly value?: Json };
  readonly operator: string;
  readonly values: readonly Json[];
  readonly negate: boolean;
  readonly expectedMatch: boolean;
}

interface FlagVector extends Vector {
  readonly flagKey: string;
  readonly flags: readonly FlagJson[];
  readonly segments: readonly SegmentJson[];
  readonly context: NestedContext;
  readonly expected: { readonly variation: string; readonly value: Json; readonly reason: ReasonJson };
}

interface ContractVector extends Vector {
  readonly flags: readonly FlagJson[];
  readonly flagKey: string;
  readonly context: NestedContext;
  readonly read: Read;
  readonly expect: { readonly value: Json; readonly reason: string };
}

interface MalformedVector extends Vector {
  readonly expect: "accept" | "reject" | "dropEntity";
  readonly payload: Json;
  readonly dropFlags?: readonly string[];
  readonly dropSegments?: readonly string[];
  readonly keepFlags?: readonly string[];
  readonly keepSegments?: readonly string[];
}

interface EventVector extends Vector {
  readonly kind: "identify" | "track" | "evaluation";
  readonly context: Attributes;
  readonly eventKey?: string;
  readonly metadata?: Attributes;
  readonly flags?: readonly FlagJson[];
  readonly segments?: readonly SegmentJson[];
  readonly flagKey?: string;
  readonly read?: Read;
  readonly expect: Attributes;
}

interface NestedContext {
  readonly userId?: Json;
  readonly attributes: Attributes;
}

interface ReasonJson {
  readonly kind: string;
  readonly ruleId?: string;
  readonly prerequisiteKey?: string;
}

interface Read {
  readonly as: "bool" | "string" | "number" | "json";
  readonly default: Json;
}

interface FlagJson {
  readonly key: string;
  readonly variations: readonly { readonly key: string }[];
}

interface SegmentJson {
  readonly key: string;
}

interface SnapshotJson {
  readonly environment: string;
  readonly version: number;
  readonly flags: readonly FlagJson[];
  readonly segments: readonly SegmentJson[];
}

const REASONS: Readonly<Record<string, string>> = {
  FlagDisabled: "FLAG_DISABLED",
  RuleMatch: "RULE_MATCH",
  Fallthrough: "FALLTHROUGH",
  PrerequisiteFailed: "PREREQUISITE_FAILED",
  FlagNotFound: "FLAG_NOT_FOUND",
  Error: "ERROR",
};

// An object, so that reads with it check no type, and one that no flag can serve.
const NOTHING: Readonly<Record<string, never>> = Object.freeze({});

const SILENT: NonNullable<FeatureflipOptions["logger"]> = {
  debug(): void {},
  info(): void {},
  warn(): void {},
  error(): void {},
};

let clients = 0;

/** Turns every vector of a file into a case. */
export function conformanceCases(vectors: Vectors): Case[] {
  const { malformedVectors } = vectors;
  return [
    ...casesOf(vectors.bucketVectors, checkBucket),
    ...casesOf(vectors.conditionVectors, checkCondition),
    ...casesOf(vectors.dateVectors, checkCondition),
    ...casesOf(vectors.unknownOperatorVectors, checkCondition),
    ...casesOf(vectors.flagVectors, checkFlag),
    ...casesOf(vectors.contractVectors, checkContract),
    ...casesOf(malformedVectors?.vectors, async (vector) => {
      if (malformedVectors === undefined) return;
      await checkFlagsAfter(malformedVectors.seed, vector);
      await checkSegmentsAfter(malformedVectors.seed, vector);
    }),
    ...casesOf(vectors.eventVectors, checkEvent),
  ];
}

function casesOf<V extends Vector>(vectors: readonly V[] = [], check: (vector: V) => Promise<void>): Case[] {
  return vectors.map((vector) => ({
    name: [vector.id, vector.description].join(" "),
    run: () => check(vector),
  }));
}

/** A hundred variations of weight 1: the one that is served names the bucket. */
async function checkBucket({ salt, value, expectedBucket }: BucketVector): Promise<void> {
  const names = Array.from({ length: 100 }, (_, index) => String(index));
  const flag = flagJson("f", names, {
    type: "Rollout",
    salt,
    bucketBy: "bucketing value",
    variations: names.map((key) => ({ key, weight: 1 })),
  });
  await withFlags([flag], [], (client) => {
    const { variationKey } = client.variationDetail("f", { "bucketing value": value }, NOTHING);
    expectEqual(variationKey, String(expectedBucket), "bucket");
  });
}

async function checkCondition(vector: ConditionVector): Promise<void> {
  const { operator, values, negate, attribute: { type, value = null }, expectedMatch } = vector;
  const conditions = [{ attribute: "attr", operator, values, negate }];
  const flag = flagJson("f", ["match", "nomatch"], fixed("nomatch"), [
    { id: "r", priority: 0, conditionGroups: [{ operator: "And", conditions }], serve: fixed("match") },
  ]);
  await withFlags([flag], [], (client) => {
    const { variationKey } = client.variationDetail("f", type === "missing" ? {} : { attr: value }, NOTHING);
    expectEqual(variationKey, expectedMatch ? "match" : "nomatch", "variation");
  });
}

async function checkFlag({ flagKey, flags, segments, context, expected }: FlagVector): Promise<void> {
  const { variation, value, reason } = expected;
  const defined = flags.findLast(({ key }) => key === flagKey)?.variations.some(({ key }) =>
    key === variation
  );
  const isUndefined = variation !== "" && defined !== true;
  await withFlags(flags, segments, (client) => {
    const detail: EvaluationDetail<unknown> = client.variationDetail(flagKey, flat(context), NOTHING);
    expectEqual(detail.variationKey ?? "", variation, "variation");
    expectEqual(detail.value === NOTHING ? null : detail.value, value, "value");
    expectEqual(detail.reason, isUndefined ? "ERROR" : REASONS[reason.kind], "reason");
    if (isUndefined) return;
    expectEqual(detail.ruleId, reason.ruleId, "ruleId");
    expectEqual(detail.prerequisiteKey, reason.prerequisiteKey, "prerequisiteKey");
  });
}

async function checkContract({ flagKey, flags, context, read, expect }: ContractVector): Promise<void> {
  await withFlags(flags, [], (client) => {
    const attributes = flat(context);
    expectEqual(readValue(client, flagKey, attributes, read), expect.value, "value");
    // Only a default of a JSON type makes the detailed read check that type.
    const fallback = read.as === "json" ? NOTHING : read.default;
    expectEqual(
      client.variationDetail(flagKey, attributes, fallback).reason,
      REASONS[expect.reason],
      "reason",
    );
  });
}

/** What the client knows after the payload: exactly the flags the vector says. */
async function checkFlagsAfter(seed: SnapshotJson, vector: MalformedVector): Promise<void> {
  const { payload, dropFlags = [], keepFlags } = vector;
  const offered = keysIn(payload, "flags");
  const kept = vector.expect === "reject" ? keysIn(seed, "flags") : keepFlags ?? offered;
  await withUpdate(seed, payload, (client) => {
    for (const key of new Set([...keysIn(seed, "flags"), ...offered, ...dropFlags])) {
      const isKnown = client.variationDetail(key, {}, NOTHING).reason !== "FLAG_NOT_FOUND";
      expectEqual(isKnown, kept.includes(key), `flag "${key}" is known`);
    }
    const strangers = Object.keys(client.allFlags({})).filter((key) => !kept.includes(key));
    expectEqual(strangers, [], "flags from nowhere");
  });
}

/** Segments show only through flags, so one more flag for each segment is offered along. */
async function checkSegmentsAfter(seed: SnapshotJson, vector: MalformedVector): Promise<void> {
  const { payload, dropSegments = [], keepSegments } = vector;
  const flags = arrayIn(payload, "flags");
  if (flags === undefined) return;
  const offered = keysIn(payload, "segments");
  const kept = vector.expect === "reject" ? keysIn(seed, "segments") : keepSegments ?? offered;
  const keys = [...new Set([...keysIn(seed, "segments"), ...offered, ...dropSegments])];
  const probes = keys.map((segmentKey) =>
    flagJson(`probe ${segmentKey}`, ["present", "absent"], fixed("absent"), [
      { id: "r", priority: 0, conditionGroups: [], segmentKey, serve: fixed("present") },
    ])
  );
  const probed = { ...(payload as object), flags: [...flags, ...probes] } as unknown as Json;
  await withUpdate({ ...seed, flags: [...seed.flags, ...probes] }, probed, (client) => {
    for (const key of keys) {
      // What is tolerated in an accepted segment may leave it matching nobody (contract §2.1).
      if (vector.expect === "accept" && kept.includes(key)) continue;
      const { variationKey } = client.variationDetail(
        `probe ${key}`,
        { plan: "pro", country: "us" },
        NOTHING,
      );
      expectEqual(variationKey, kept.includes(key) ? "present" : "absent", `segment "${key}"`);
    }
  });
}

async function checkEvent(vector: EventVector): Promise<void> {
  const { kind, context, eventKey = "", metadata, flags = [], segments = [], flagKey = "", read } = vector;
  const batches: { events: Attributes[] }[] = [];
  const client = new FeatureflipClient({
    ...connected(),
    bootstrap: snapshotJson(flags, segments) as unknown as SnapshotInput,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      if (request.method !== "POST") return new Response(null, { status: 503 });
      batches.push(await request.json());
      return new Response(null, { status: 202 });
    },
  });
  await client.waitForInitialization();

  if (kind === "identify") client.identify(context);
  else if (kind === "evaluation" && read !== undefined) readValue(client, flagKey, context, read);
  else if ("metadata" in vector) client.track(eventKey, context, metadata);
  else client.track(eventKey, context);
  await client.flush();
  await client.close();

  const events = batches.flatMap((batch) => batch.events);
  expectEqual(events.length, 1, "number of events");
  const { timestamp, ...rest } = events[0] ?? {};
  expectEqual(rest, vector.expect, "event");
  expectTrue(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(String(timestamp)),
    `timestamp: got ${timestamp}`,
  );
}

function readValue(
  client: FeatureflipClient,
  key: string,
  context: Attributes,
  { as, default: value }: Read,
): unknown {
  switch (as) {
    case "bool":
      return client.boolVariation(key, context, value as boolean);
    case "string":
      return client.stringVariation(key, context, value as string);
    case "number":
      return client.numberVariation(key, context, value as number);
    case "json":
      return client.jsonVariation(key, context, value);
  }
}

async function withFlags(
  flags: readonly FlagJson[],
  segments: readonly SegmentJson[],
  check: (client: FeatureflipClient) => void,
): Promise<void> {
  const client = new FeatureflipClient({
    mode: "offline",
    bootstrap: snapshotJson(flags, segments) as unknown as SnapshotInput,
    logger: SILENT,
  });
  await client.waitForInitialization();
  check(client);
  await client.close();
}

async function withUpdate(
  seed: SnapshotJson,
  payload: Json,
  check: (client: FeatureflipClient) => void,
): Promise<void> {
  let requests = 0;
  const client = new FeatureflipClient({
    ...connected(),
    bootstrap: seed as unknown as SnapshotInput,
    sendEvents: false,
    fetch: () => {
      requests += 1;
      return Promise.resolve(Response.json(payload));
    },
  });
  await client.waitForInitialization();
  await client.refresh().catch(() => {});
  expectEqual(requests, 1, "requests");
  check(client);
  await client.close();
}

/** A key of its own for every client: a key's shared core may outlive its last handle (contract §6.1). */
function connected(): FeatureflipOptions {
  clients += 1;
  return {
    sdkKey: `sdk-conformance-${clients}`,
    baseUrl: "https://eval.invalid",
    mode: "manual",
    logger: SILENT,
  };
}

function snapshotJson(flags: readonly FlagJson[], segments: readonly SegmentJson[]): SnapshotJson {
  return { environment: "conformance", version: 1, flags, segments };
}

function flagJson(
  key: string,
  variations: readonly string[],
  fallthrough: Json,
  rules: readonly Json[] = [],
): FlagJson {
  const flag = {
    key,
    version: 1,
    type: "String",
    enabled: true,
    variations: variations.map((name) => ({ key: name, value: name })),
    rules,
    fallthrough,
    offVariation: variations[0],
    prerequisites: [],
  };
  return flag;
}

function fixed(variation: string): Json {
  return { type: "Fixed", variation };
}

/** The vectors keep the user id apart; a context of this SDK is flat. `__proto__` stays an ordinary name. */
function flat({ userId, attributes }: NestedContext): Attributes {
  const user: [string, Json][] = userId === undefined || userId === null ? [] : [["userId", userId]];
  return Object.fromEntries([...user, ...Object.entries(attributes)]);
}

function arrayIn(payload: unknown, name: "flags" | "segments"): readonly unknown[] | undefined {
  const list: unknown = typeof payload === "object" && payload !== null
    ? Reflect.get(payload, name)
    : undefined;
  return Array.isArray(list) ? list : undefined;
}

function keysIn(payload: unknown, name: "flags" | "segments"): string[] {
  return (arrayIn(payload, name) ?? [])
    .map((entity) => typeof entity === "object" && entity !== null ? Reflect.get(entity, "key") : undefined)
    .filter((key) => typeof key === "string");
}
