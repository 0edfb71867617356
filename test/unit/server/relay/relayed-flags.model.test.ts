import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PROPERTY_TIMEOUT, runs } from "../../../support/runs.ts";
import { wireFlag, wireSegment } from "../../../support/wire.ts";
import { readStream } from "../local-api.ts";
import { RelayFixture } from "../relay-fixture.ts";

type Edit =
  | { readonly do: "put"; readonly key: string; readonly enabled: boolean }
  | { readonly do: "delete"; readonly key: string }
  | { readonly do: "putSegment"; readonly key: string; readonly logic: "And" | "Or" }
  | { readonly do: "deleteSegment"; readonly key: string }
  /** Some flags at once, as an edit of a file makes them, with versions of the file's own. */
  | { readonly do: "replace"; readonly keys: readonly string[]; readonly version: number };

type Step =
  | Edit
  /** All streams break, and the second relay reaches the service only after `mend`. */
  | { readonly do: "cut" }
  | { readonly do: "mend" }
  | { readonly do: "restart" }
  | { readonly do: "advance"; readonly ms: number };

const key = fc.constantFrom("a", "b", "c", "d");
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ do: fc.constant("put" as const), key, enabled: fc.boolean() }),
  fc.record({ do: fc.constant("delete" as const), key }),
  fc.record({
    do: fc.constant("putSegment" as const),
    key,
    logic: fc.constantFrom("And" as const, "Or" as const),
  }),
  fc.record({ do: fc.constant("deleteSegment" as const), key }),
  fc.record({
    do: fc.constant("replace" as const),
    keys: fc.subarray(["a", "b", "c", "d"]),
    version: fc.integer({ min: 0, max: 40 }),
  }),
);
/** One of each kind. */
const EDITS: Edit[] = [
  { do: "put", key: "a", enabled: false },
  { do: "delete", key: "a" },
  { do: "putSegment", key: "a", logic: "Or" },
  { do: "deleteSegment", key: "a" },
  { do: "replace", keys: ["a", "c"], version: 9 },
];
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: edit },
  fc.constantFrom<Step[]>({ do: "cut" }, { do: "mend" }, { do: "restart" }),
  fc.record({ do: fc.constant("advance" as const), ms: fc.integer({ min: 0, max: 5_000 }) }),
);

/** Longer than a reconnection takes, and the question for a version. */
const CALM_MS = 80_000;

describe("two relays of one service", () => {
  it("have equal ETags and versions for equal flags, whatever each has missed (contract §9)", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 15 }),
        fc.shuffledSubarray(EDITS),
        async (steps, last) => {
          const first = await RelayFixture.started();
          const { service, scheduler } = first;
          let second = await beside(first);
          for (const step of steps) {
            if (step.do === "cut") {
              second.fault = () => new Response(null, { status: 503 });
              service.close();
            } else if (step.do === "mend") second.fault = undefined;
            else if (step.do === "restart") {
              await second.relay.close();
              second = new RelayFixture({}, undefined, first);
            } else if (step.do === "advance") await scheduler.advance(step.ms);
            else make(first, step);
            await first.settle();
          }
          second.fault = undefined;
          await scheduler.advance(CALM_MS);
          for (const step of last) {
            make(first, step);
            // A segment without content is fetched, once what changes meanwhile has gathered.
            await scheduler.advance(1_000);
            const { version } = service.snapshot;
            expect(first.relay.status.upstream.version, "as the change told it").toBe(version);
            expect(second.relay.status.upstream.version).toBe(version);
          }
          const third = await beside(first);
          const expected = await seenBy(third);
          expect(expected.version).toBe(service.snapshot.version);
          expect(await seenBy(first)).toEqual(expected);
          expect(await seenBy(second)).toEqual(expected);

          // And so a client of one is not behind at another, although the service is away.
          for (const relay of [first, second, third]) {
            relay.fault = () => new Response(null, { status: 503 });
            const headers = { "last-event-id": String(expected.version) };
            const stream = readStream(await relay.ask("/v1/sdk/stream", { headers }));
            expect(await stream.next()).toMatchObject({ event: "sync" });
            await stream.cancel();
            await relay.relay.close();
          }
        },
      ),
      { numRuns: runs(4) },
    );
  }, PROPERTY_TIMEOUT);
});

async function beside(host: RelayFixture): Promise<RelayFixture> {
  const fixture = new RelayFixture({}, undefined, host);
  do await fixture.settle(); while (fixture.relay.status.upstream.state === "NOT_READY");
  return fixture;
}

async function seenBy(
  fixture: RelayFixture,
): Promise<{ etag: string | null; version: number; flags: unknown[] }> {
  const response = await fixture.ask("/v1/sdk/flags");
  const { version, flags } = await response.json();
  const inOrder = flags.sort((one: { key: string }, other: { key: string }) => one.key < other.key ? -1 : 1);
  expect(fixture.relay.status.upstream.version).toBe(version);
  return { etag: response.headers.get("etag"), version, flags: inOrder };
}

function make({ service }: RelayFixture, step: Edit): void {
  if (step.do === "put") service.putFlag(wireFlag(step.key, { enabled: step.enabled }));
  else if (step.do === "putSegment") {
    service.putSegment(wireSegment(step.key, { conditionLogic: step.logic }));
  } else if (step.do === "delete") {
    service.putFlag(wireFlag(step.key));
    service.deleteFlag(step.key);
  } else if (step.do === "deleteSegment") {
    service.putSegment(wireSegment(step.key));
    service.deleteSegment(step.key);
  } else {
    const { version } = step;
    const flags = step.keys.map((key) => wireFlag(key, { version, enabled: version % 2 === 0 }));
    service.replace({ ...service.snapshot, version, flags });
  }
}
