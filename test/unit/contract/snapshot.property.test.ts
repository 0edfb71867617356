import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { takeFlag as takeFlagOnEdge } from "../../../src/contract/flag.edge.ts";
import { takeFlag } from "../../../src/contract/flag.ts";
import type { PayloadError } from "../../../src/contract/payload-error.ts";
import { decodeSnapshot } from "../../../src/contract/snapshot.ts";
import { FlagSet, snapshotOf } from "../../../src/store/flag-set.ts";
import { SnapshotSchema } from "../../support/snapshot-schema.ts";
import { arbitrarySnapshot } from "../../support/arbitrary-snapshot.ts";
import { PROPERTY_TIMEOUT, runs } from "../../support/runs.ts";
import type { WireSnapshot } from "../../support/wire.ts";

describe("decodeSnapshot()", () => {
  it(
    "refuses exactly what the schema refuses, and drops exactly what names a stranger (contract §2.1)",
    () => {
      fc.assert(
        fc.property(arbitraryPayload, ({ payload }) => {
          const { issues = [] } = v.safeParse(SnapshotSchema, payload);
          const snapshot = attempt(() => decodeSnapshot(payload, () => {}));
          if (snapshot instanceof Error) {
            expect(issues.map(pathOf)).toContain((snapshot as PayloadError).path);
            return;
          }
          expect(issues).toEqual([]);
          const wire = payload as WireSnapshot;
          expect(snapshot.flags.map(({ key }) => key)).toEqual(keptFlags(wire));
          expect(snapshot.segments.map(({ key }) => key)).toEqual(keptSegments(wire));
        }),
        { numRuns: runs(800) },
      );
    },
    PROPERTY_TIMEOUT,
  );

  it("does not depend on the order of properties, and freezes every value (contract §2.1)", () => {
    fc.assert(
      fc.property(arbitrarySnapshot, fc.infiniteStream(fc.nat()), (wire, numbers) => {
        const payload = JSON.parse(JSON.stringify(wire));
        const shuffled = JSON.parse(JSON.stringify(wire), (_, value) => reordered(value, numbers));
        const snapshot = decodeSnapshot(payload, () => {});
        expect(decodeSnapshot(shuffled, () => {})).toEqual(snapshot);
        for (const { variations } of snapshot.flags) {
          for (const { value } of variations) expect(isFrozen(value)).toBe(true);
        }
      }),
      { numRuns: runs(200) },
    );
  }, PROPERTY_TIMEOUT);

  it(
    "accepts, drops and refuses the same when flags are decoded as they are asked for (contract §2.1)",
    () => {
      fc.assert(
        fc.property(arbitraryPayload, ({ payload }) => {
          const [atOnce, late] = [takeFlag, takeFlagOnEdge].map((take) => {
            const warnings: string[] = [];
            const warn = (message: string): void => void warnings.push(message);
            const snapshot = attempt(() => decodeSnapshot(structuredClone(payload), warn, take));
            if (snapshot instanceof Error) return { message: snapshot.message, warnings };
            const whole = snapshotOf(FlagSet.of(snapshot, warn));
            return { ...whole, warnings };
          });
          expect(late).toEqual(atOnce);
        }),
        { numRuns: runs(800) },
      );
    },
    PROPERTY_TIMEOUT,
  );

  it("does not change what it decoded when that is decoded again", () => {
    fc.assert(
      fc.property(arbitrarySnapshot, (wire) => {
        const text = JSON.stringify(wire);
        const first = decodeSnapshot(JSON.parse(text), () => {});
        const second = decodeSnapshot(first, () => {});
        expect(second).toEqual(first);
      }),
      { numRuns: runs(200) },
    );
  }, PROPERTY_TIMEOUT);
});

const STRANGERS = [null, true, false, 0, 1.5, "", "x", "Canary", "Xor", "Fixed", "And", Infinity, [], {}];
const stranger: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(...STRANGERS),
  fc.jsonValue({ maxDepth: 2 }),
);

type Mutation = readonly [action: "delete" | "replace" | "insert" | "append", place: number, value: unknown];

/** A snapshot with up to three things wrong with it, anywhere. */
const arbitraryPayload: fc.Arbitrary<{ readonly payload: unknown }> = fc.tuple(
  arbitrarySnapshot,
  fc.array(
    fc.tuple(
      fc.constantFrom<Mutation[0]>("delete", "replace", "replace", "insert", "append"),
      fc.nat(),
      stranger,
    ),
    { maxLength: 3 },
  ),
).map(([wire, mutations]) => ({
  payload: mutations.reduce(
    (payload: unknown, mutation) => mutate(payload, mutation),
    JSON.parse(JSON.stringify(wire)),
  ),
}));

function mutate(payload: unknown, [action, place, value]: Mutation): unknown {
  const places = placesIn(payload);
  if (places.length === 0) return value;
  const [holder, name] = places[place % places.length]!;
  if (action === "replace") Reflect.set(holder, name, structuredClone(value));
  else if (Array.isArray(holder)) {
    if (action === "delete") holder.splice(Number(name), 1);
    else holder.splice(action === "append" ? holder.length : Number(name), 0, structuredClone(value));
  } else if (action === "delete") Reflect.deleteProperty(holder, name);
  else Reflect.set(holder, action === "append" ? "stranger" : name, structuredClone(value));
  return payload;
}

type Place = readonly [holder: object, name: string];

/** Every property and every item of a payload. */
function placesIn(json: unknown): readonly Place[] {
  if (typeof json !== "object" || json === null) return [];
  return Object.entries(json).flatMap((
    [name, inner],
  ): readonly Place[] => [[json, name], ...placesIn(inner)]);
}

/** The oracle of contract §2.1, 2, for payloads without a type violation: every name in an entity is a known one. */
function keptFlags(payload: WireSnapshot): readonly string[] {
  return keysOf(payload.flags.filter(({ fallthrough, rules }) => {
    const serves = [fallthrough, ...(rules ?? []).map(({ serve }) => serve)];
    const groups = (rules ?? []).flatMap(({ conditionGroups }) => conditionGroups ?? []);
    return serves.every(({ type }) => /^(fixed|rollout)$/i.test(type)) &&
      groups.every(({ operator }) => /^(and|or)$/i.test(operator));
  }));
}

function keptSegments(payload: WireSnapshot): readonly string[] {
  return keysOf(payload.segments.filter(({ conditionLogic }) => /^(and|or)$/i.test(conditionLogic)));
}

/** The keys, each once. */
function keysOf(entities: readonly { readonly key: string }[]): readonly string[] {
  return [...new Set(entities.map(({ key }) => key))];
}

function attempt<T>(action: () => T): T | Error {
  try {
    return action();
  } catch (error) {
    return error as Error;
  }
}

/** A schema's path as the decoder writes it. */
function pathOf(issue: v.BaseIssue<unknown>): string {
  let path = "";
  for (const { key } of issue.path ?? []) {
    if (typeof key === "number") path += `[${key}]`;
    else path += path === "" ? String(key) : `.${String(key)}`;
  }
  return path;
}

function reordered(value: unknown, numbers: Iterator<number>): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).map((entry) => ({ entry, rank: numbers.next().value as number }));
  return Object.fromEntries(entries.sort((a, b) => a.rank - b.rank).map(({ entry }) => entry));
}

function isFrozen(json: unknown): boolean {
  if (typeof json !== "object" || json === null) return true;
  return Object.isFrozen(json) && Object.values(json).every(isFrozen);
}
