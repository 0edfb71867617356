import { describe, expect, it } from "vitest";
import type { FeatureflipClient } from "../../../src/client/client.ts";
import { createClient } from "../../../src/client/create-client.ts";
import { detectRuntime } from "../../../src/runtime/detect-runtime.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { FAULTS, Service } from "../../support/service.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import { FIRST_SEED, PROPERTY_TIMEOUT, runs } from "../../support/runs.ts";

const KEYS = ["a", "b", "constructor", "..", "ключ"];

/** What a service answers in a minute to one SDK key; one client is to leave most of it to others (contract §1). */
const MOST_PER_MINUTE = 300;

describe("FeatureflipClient on any schedule of edits and faults (contract §4)", () => {
  it.each(["streaming", "polling"] as const)("%s: ends up with the service's flags", async (mode) => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + runs(50); seed++) {
      try {
        await play(seed, mode);
      } catch (error) {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
      }
    }
  }, PROPERTY_TIMEOUT);
});

async function play(seed: number, mode: "streaming" | "polling"): Promise<void> {
  const scheduler = new ManualScheduler(seed);
  const service = new Service({ scheduler });
  const chance = new ManualScheduler(seed * 104_729);
  const odds = (share: number): boolean => chance.random() < share;
  const below = (most: number): number => Math.floor(chance.random() * most);
  const of = <T>(items: readonly T[]): T => items[below(items.length)]!;
  for (const key of KEYS.slice(0, 3)) service.edit(key, "whole");

  const options = {
    sdkKey: `sdk-${mode}-${seed}`,
    baseUrl: "https://flags.example",
    fetch: service.fetch as typeof fetch,
    logger: createRecordingLogger(),
    sendEvents: false,
    mode,
  };
  const client = createClient(options, {
    ...detectRuntime(),
    hasBackground: true,
    scheduler,
  });
  /** What is served, as far as listeners have been told. */
  let told: Map<string, unknown> | undefined;
  client.on("update", (keys) => {
    told ??= valuesOf(client);
    for (const key of keys) told.set(key, client.variation<unknown>(key, {}, null));
  });

  for (let episode = 0; episode < 5; episode++) {
    const trouble = of([0, 0.1, 0.5, 0.95]);
    service.nextFault = () => odds(trouble) ? of(FAULTS) : undefined;
    service.latency = () => below(of([100, 3_000]));
    service.streamLatency = () => odds(0.2) ? below(1_500) : 0;
    for (let turn = 0; turn < 8; turn++) {
      await scheduler.advance(below(of([100, 1_000, 40_000])));
      if (odds(0.03)) scheduler.jump(of([-3_600_000, 3_600_000]));
      const step = below(10);
      if (step < 5) service.edit(of(KEYS), odds(0.5) ? "whole" : "key");
      else if (step < 7) service.delete(of(KEYS));
      else if (step < 8) service.editSegment();
      else service.disrupt(of(["reset", "end", "half-open"]));
      if (client.isInitialized) told ??= valuesOf(client);
    }
    service.nextFault = () => undefined;
    service.latency = () => below(100);
    await scheduler.advance(12 * 60_000);
    told ??= valuesOf(client);
    expect(valuesOf(client), "what is served").toEqual(expected(service));
    expect(told, "what listeners were notified of").toEqual(expected(service));
    const { state, mode: inEffect, lastError, age } = client.status;
    expect({ state, inEffect, lastError }).toEqual({ state: "READY", inEffect: mode });
    // A ping every 30 s; a poll as often, and what its jitter and its way take.
    expect(age).toBeLessThanOrEqual(34_000);
  }
  for (const { at } of service.requests) {
    const minute = service.requests.filter((request) => request.at >= at && request.at < at + 60_000);
    expect(minute.length, "requests in a minute").toBeLessThan(MOST_PER_MINUTE);
  }
  await client.close();
  await scheduler.advance(5_000);
  expect([service.connections.size, scheduler.armed], "connections and timers, but for the service's ping")
    .toEqual([0, 1]);
}

function valuesOf(client: FeatureflipClient): Map<string, unknown> {
  return new Map(KEYS.map((key) => [key, client.variation<unknown>(key, {}, null)]));
}

function expected(service: Service): Map<string, unknown> {
  const values = new Map(service.snapshot.flags.map(({ key, variations }) => [key, variations[0]!.value]));
  return new Map(KEYS.map((key) => [key, values.get(key) ?? null]));
}
