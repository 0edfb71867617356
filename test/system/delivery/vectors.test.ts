import { readFile } from "node:fs/promises";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FeatureflipClient } from "../../../src/client/client.ts";
import type { InspectedEvaluation } from "../../../src/events/inspectors.ts";
import { DeliveryFixture } from "./fixture.ts";

interface Read {
  readonly as: "bool" | "string" | "number" | "json";
  readonly default: unknown;
}

interface EventVector {
  readonly id: string;
  readonly kind: "identify" | "track" | "evaluation";
  readonly context: Readonly<Record<string, unknown>>;
  readonly eventKey?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly flags?: readonly unknown[];
  readonly segments?: readonly unknown[];
  readonly flagKey?: string;
  readonly read?: Read;
  readonly expect: Readonly<Record<string, unknown>>;
}

interface ContractVector {
  readonly id: string;
  readonly flags: readonly unknown[];
  readonly flagKey: string;
  readonly context: {
    readonly userId?: string | null;
    readonly attributes: Readonly<Record<string, unknown>>;
  };
  readonly read: Read;
  readonly expect: { readonly value: unknown; readonly reason: string };
}

interface Vectors {
  readonly eventVectors: readonly EventVector[];
  readonly contractVectors: readonly ContractVector[];
}

/** The fields of an event in the order of contract §5. */
const FIELDS = ["type", "flagKey", "userId", "variation", "timestamp", "metadata", "prerequisiteKey"];

/** The project's own vectors and, where they are at hand, the ones that all Featureflip SDKs share. */
const FILES = [
  new URL("../conformance/vectors.json", import.meta.url),
  ...(process.env.FEATUREFLIP_VECTORS === undefined ? [] : [process.env.FEATUREFLIP_VECTORS]),
];

const seen: InspectedEvaluation[] = [];
let vectors: Vectors[];
let fixture: DeliveryFixture;
let client: FeatureflipClient;

beforeAll(async () => {
  vectors = await Promise.all(
    FILES.map(async (file) => JSON.parse(await readFile(file, "utf8")) as Vectors),
  );
  fixture = await DeliveryFixture.start();
  client = await fixture.connect({ inspectors: [(event) => void seen.push(event)] });
});

afterAll(async () => {
  await client.close();
  await fixture.stop();
});

/** Serves these flags on the wire, and waits until the client has them. */
async function load(flags: readonly unknown[] = [], segments: readonly unknown[] = []): Promise<void> {
  fixture.faults.snapshot = { environment: "vectors", version: 1, flags, segments };
  await client.refresh();
}

/** What has gone over the wire since the last call. */
async function bodies(): Promise<string[]> {
  // Time for the request: a process makes at most 120 a minute (contract §5).
  const flushed = client.flush();
  await fixture.scheduler.advance(600);
  await flushed;
  return fixture.faults.taken.splice(0);
}

function readValue(key: string, context: Readonly<Record<string, unknown>>, read: Read): unknown {
  switch (read.as) {
    case "bool":
      return client.boolVariation(key, context, read.default as boolean);
    case "string":
      return client.stringVariation(key, context, read.default as string);
    case "number":
      return client.numberVariation(key, context, read.default as number);
    case "json":
      return client.jsonVariation(key, context, read.default);
  }
}

/** The body that carries this event alone, which happens now. */
function bodyOf(fields: Readonly<Record<string, unknown>>): string {
  const timestamp = new Date(fixture.scheduler.now()).toISOString();
  const event: Readonly<Record<string, unknown>> = { ...fields, timestamp };
  const entries = FIELDS.filter((name) => event[name] !== undefined).map((name) => [name, event[name]]);
  return `{"events":[${JSON.stringify(Object.fromEntries(entries))}]}`;
}

describe("vectors, byte for byte on the wire", () => {
  it("of events (contract §5)", async () => {
    for (
      const { id, kind, context, eventKey = "", flagKey = "", ...vector } of vectors.flatMap((it) =>
        it.eventVectors
      )
    ) {
      await load(vector.flags, vector.segments);
      if (kind === "identify") client.identify(context);
      else if (kind === "track") client.track(eventKey, context, vector.metadata);
      else readValue(flagKey, context, vector.read!);
      const body = bodyOf(vector.expect);
      expect(await bodies(), id).toEqual([body]);
    }
  });

  it("of reads, each with its event (contract §3.1, §5)", async () => {
    for (
      const { id, flags, flagKey, context, read, expect: expected } of vectors.flatMap((it) =>
        it.contractVectors
      )
    ) {
      await load(flags);
      const { userId, attributes } = context;
      const value = readValue(flagKey, { ...(userId != null && { userId }), ...attributes }, read);
      const { reason, variationKey, prerequisiteKey, ...told } = seen.pop()!;
      expect(value, id).toEqual(expected.value);
      expect(told.value, id).toEqual(expected.value);
      expect(reason.replaceAll("_", ""), id).toBe(expected.reason.toUpperCase());
      const evaluation = { type: "Evaluation", flagKey, variation: variationKey, prerequisiteKey };
      const body = bodyOf(userId == null ? evaluation : { ...evaluation, userId });
      expect(await bodies(), id).toEqual([body]);
    }
  });
});
