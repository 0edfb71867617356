import { describe, expect, it } from "vitest";
import { createStreamSource } from "../../../src/data-source/streaming.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { FAULTS } from "../../support/service.ts";
import { FIRST_SEED, runs } from "../../support/runs.ts";
import { createSourceContext } from "../../support/source-context.ts";
import type { SourceContext } from "../../support/source-context.ts";
import type { WireFlag } from "../../support/wire.ts";

const KEYS = ["a", "b", "constructor", "..", "ключ"];
const POLL_INTERVAL = 30_000;

/** Draws from the test's own seeded chance. */
function createChance(seed: number) {
  const source = new ManualScheduler(seed * 7919);
  return {
    below: (most: number): number => Math.floor(source.random() * most),
    odds: (share: number): boolean => source.random() < share,
    of: <T>(items: readonly T[]): T => items[Math.floor(source.random() * items.length)]!,
  };
}

type Chance = ReturnType<typeof createChance>;

/** One random step in the service's life. */
function step({ service }: SourceContext, chance: Chance, steady: boolean): void {
  const step = chance.below(steady ? 13 : 16);
  if (step < 8) return service.edit(chance.of(KEYS), chance.odds(0.4) ? "whole" : "key");
  if (step < 12) return service.delete(chance.of(KEYS));
  if (step < 13) return service.editSegment(chance.odds(0.4) ? "whole" : "key");
  if (step < 14) return service.send("flag.updated", chance.of([7, { key: 1 }, { key: "a", variations: 1 }]));
  service.disrupt(chance.of(["reset", "end", "half-open"]));
}

/** What matters of flags, whatever their order. */
function content(flags: Iterable<Pick<WireFlag, "key" | "version" | "variations">>): unknown[] {
  return [...flags].map(({ key, version, variations }) => ({ key, version, variations }))
    .sort((one, other) => one.key < other.key ? -1 : 1);
}

/** What must be true of the requests, whatever happened. */
function checkRate({ service }: SourceContext): void {
  expect(service.mostDialling).toBeLessThanOrEqual(1);
  expect(service.impolite, "requests within the time that a 429 asked for").toBe(0);
  const dials = service.requests.filter(({ path }) => path.endsWith("/stream"));
  for (let dial = 1; dial < dials.length; dial++) {
    // The least that a back-off draws.
    expect(dials[dial]!.at - dials[dial - 1]!.at).toBeGreaterThanOrEqual(500);
  }
  for (let from = 0; from < service.requests.length; from++) {
    const minute = service.requests.filter(({ at }) =>
      at >= service.requests[from]!.at && at < service.requests[from]!.at + 60_000
    );
    expect(minute.length).toBeLessThan(300);
  }
}

async function play(seed: number): Promise<void> {
  const context = createSourceContext(seed);
  const { scheduler, service, sink } = context;
  const chance = createChance(seed);
  for (const key of KEYS.slice(0, 4)) service.edit(key, "whole");

  const gone = new Set<string>();
  service.onDeletionSent = (key) => {
    if (!service.keys.includes(key)) gone.add(key);
  };
  sink.onChange = () => {
    for (const key of gone) {
      if (service.keys.includes(key)) gone.delete(key);
      else expect(sink.flags.has(key), `${key} was deleted, and is back`).toBe(false);
    }
  };

  const source = createStreamSource(context, { pollInterval: POLL_INTERVAL, pollAfterFailures: 5 });
  source.start();
  // A stream that never breaks heals nothing: there, order alone must do. What heals everything is left out as well.
  const steady = chance.odds(0.6);
  const trouble = chance.of([0, 0.1, 0.5, 0.95]);
  const slow = chance.of([0, 0.2, 0.8]);
  const pace = chance.of([20, 200, 700]);
  const isFaulty = (path: string): boolean => chance.odds(trouble) && !(steady && path.endsWith("/stream"));
  for (let episode = 0; episode < 8; episode++) {
    service.nextFault = (path) => isFaulty(path) ? chance.of(FAULTS) : undefined;
    service.latency = () => chance.odds(slow) ? chance.below(3000) : chance.below(150);
    service.streamLatency = () => chance.odds(slow) ? chance.below(1500) : 0;
    for (let turn = 0; turn < 8; turn++) {
      await scheduler.advance(!steady && chance.odds(0.3) ? chance.below(40_000) : chance.below(pace));
      if (!steady && chance.odds(0.03)) {
        scheduler.jump(chance.of([-3_600_000, 3_600_000]));
        service.quietUntil = 0; // a clock that was set says nothing about the time since
      }
      step(context, chance, steady);
      if (chance.odds(0.02)) source.refresh().catch(() => {});
    }
    service.nextFault = () => undefined;
    // As long as the longest wait that a rejected key asks for, or that a poll draws.
    await scheduler.advance(steady ? 6 * 60_000 : 12 * 60_000);
    expect(content(sink.flags.values())).toEqual(content(service.snapshot.flags));
    expect(sink.segments[0]?.conditions).toEqual(service.snapshot.segments[0]?.conditions);
    expect(sink.modes.at(-1) ?? "streaming").toBe("streaming");
    const before = service.requests.length;
    await scheduler.advance(5 * 60_000);
    expect(service.requests.length - before, "requests of a healthy stream").toBe(0);
  }
  checkRate(context);
  source.close();
  await scheduler.advance(5000);
  expect(service.connections.size).toBe(0);
  expect(scheduler.armed, "timers left after close(), but the service's ping").toBe(1);
}

describe("createStreamSource()", () => {
  it("ends up with the service's flags after any schedule of edits and faults (contract §4)", async () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + runs(50); seed++) {
      try {
        await play(seed);
      } catch (error) {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
      }
    }
  }, 300_000);
});
