import { describe, expect, it } from "vitest";
import { decodeBootstrap, loadBootstrap } from "../../../src/client/bootstrap.ts";
import { createSourceContext } from "../../support/source-context.ts";

const SNAPSHOT = {
  environment: "e",
  version: 1,
  flags: [{
    key: "a",
    version: 1,
    type: "Json",
    enabled: true,
    variations: [{ key: "v", value: { deep: [1] } }],
    fallthrough: { type: "Fixed", variation: "v" },
  }],
  segments: [],
};

/** A flag with one of everything, none of whose values is an object. */
const RULED = {
  ...SNAPSHOT.flags[0]!,
  key: "b",
  variations: [{ key: "v", value: "text" }, { key: "w", value: null }],
  rules: [{
    id: "r",
    priority: 1,
    conditionGroups: [{
      operator: "And",
      conditions: [{ attribute: "plan", operator: "In", values: ["pro", 1, true], negate: false }],
    }],
    serve: { type: "Rollout", salt: "s", variations: [{ key: "v", weight: 100 }] },
  }],
  prerequisites: [{ prerequisiteFlagKey: "a", expectedVariationKey: "v" }],
};

const SEGMENT = {
  key: "s",
  version: 1,
  conditions: [{ attribute: "plan", operator: "Equals", values: ["pro"], negate: false }],
  conditionLogic: "And",
};

/** All objects within an object. */
function objectsIn(value: unknown, found: Set<unknown> = new Set()): Set<unknown> {
  if (typeof value !== "object" || value === null) return found;
  found.add(value);
  for (const part of Object.values(value)) objectsIn(part, found);
  return found;
}

function cycle(): object {
  const value: { self?: object } = {};
  value.self = value;
  return value;
}

/** A snapshot whose last variation has this value. */
function withValue(value: unknown): object {
  const flag = SNAPSHOT.flags[0]!;
  return {
    ...SNAPSHOT,
    flags: [flag, { ...flag, variations: [flag.variations[0], { key: "w", value }] }],
  };
}

describe("decodeBootstrap()", () => {
  it("keeps nothing of the caller's object, and freezes nothing of it", () => {
    const given = { ...structuredClone(SNAPSHOT), flags: [...SNAPSHOT.flags, RULED], segments: [SEGMENT] };
    const before = structuredClone(given);
    const theirs = objectsIn(given);
    const ours = objectsIn(decodeBootstrap(given, () => {}));
    expect(ours.size).toBeGreaterThan(15);
    expect([...ours].filter((object) => theirs.has(object))).toEqual([]);
    expect([...theirs].filter((object) => Object.isFrozen(object))).toEqual([]);
    expect(given).toEqual(before);
  });

  it("does not change the caller's object", () => {
    const given = structuredClone(SNAPSHOT);
    const snapshot = decodeBootstrap(given, () => {});
    expect(snapshot.flags[0]?.variations[0]?.value).toEqual({ deep: [1] });
    expect(given).toEqual(SNAPSHOT);
    expect(Object.isFrozen(given.flags[0]?.variations[0]?.value)).toBe(false);
  });

  it.each([
    ["a cycle", cycle()],
    ["a BigInt", { count: 1n }],
    ["a toJSON() that throws", { toJSON: () => JSON.parse("") }],
    ["a toJSON() that throws what is no error", {
      toJSON() {
        throw undefined;
      },
    }],
  ])("names the path of a value with %s", (_, value) => {
    expect(() => decodeBootstrap(withValue(value), () => {})).toThrow(
      /^flags\[1\]\.variations\[1\]\.value must be JSON: ./,
    );
  });

  it("names the path of a value with more levels than some engines' JSON.stringify() takes", () => {
    let value: unknown = 1;
    for (let level = 0; level < 10_000; level++) value = [value];
    expect(() => decodeBootstrap(withValue(value), () => {})).toThrow(
      /^flags\[1\]\.variations\[1\]\.value must be (JSON: .|nested at most 100 levels deep)/,
    );
  });
});

describe("loadBootstrap()", () => {
  it.each([
    ["now", () => SNAPSHOT],
    ["later", () => Promise.resolve(SNAPSHOT)],
  ])("applies what a function gives %s", async (_, give) => {
    const context = createSourceContext();
    await loadBootstrap(give, context.sink, (message) => context.logger.warn(message));
    expect(context.sink.sources).toEqual(["bootstrap"]);
  });

  it("applies nothing over what has come from the service meanwhile (contract §4)", async () => {
    const context = createSourceContext();
    const loading = loadBootstrap(() => Promise.resolve(SNAPSHOT), context.sink, () => {});
    context.sink.replace({ environment: "", version: 0, flags: [], segments: [] }, "stream");
    await loading;
    expect(context.sink.sources).toEqual(["stream"]);
  });

  it.each([
    ["throws", () => {
      throw new Error("disk is gone");
    }],
    ["rejects", () => Promise.reject(new Error("disk is gone"))],
    ["gives no snapshot", () => ({ flags: 7 })],
    ["gives nothing", () => undefined],
    ["gives what is no JSON", () => ({ flags: 7n })],
  ])("warns when the function %s", async (_, give) => {
    const context = createSourceContext();
    await loadBootstrap(give, context.sink, (message) => context.logger.warn(message));
    expect(context.sink.sources).toEqual([]);
    expect(context.logger.lines).toEqual([
      expect.stringMatching(/^warn: Ignoring 'bootstrap': its function returned no snapshot: ./),
    ]);
  });
});
