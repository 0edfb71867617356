import { afterEach, describe, expect, it } from "vitest";
import {
  mistakenKind,
  noteAnonymous,
  noteNested,
  noteObject,
  pendingNote,
  takeNote,
} from "../../../src/evaluation/context-notes.ts";
import { FlagSet } from "../../../src/store/flag-set.ts";
import { conditionalFlag, flagSetOf, wireFlag, wireSnapshot } from "../../support/wire.ts";
import type { WireFlag } from "../../support/wire.ts";

afterEach(() => void takeNote());

/** The warnings of evaluating a flag for each of these contexts. */
function warningsOf(flag: WireFlag, ...contexts: readonly object[]): string[] {
  const warnings: string[] = [];
  const set = flagSetOf(wireSnapshot([flag]), warnings);
  for (const context of contexts) set.evaluate(flag.key, context as Record<string, unknown>);
  return warnings;
}

describe("mistakenKind()", () => {
  class Account {
    readonly plan = "pro";
  }
  class Lookup {
    get user_id(): string {
      return "u-1";
    }
  }
  const otherRealm: object = Object.create(Object.create(null) as object);

  it.each([{}, { plan: "pro" }, Object.create(null), otherRealm, new Account(), { then: 1 }])(
    "allows what may be meant: %o",
    (context) => expect(mistakenKind(context as object)).toBeUndefined(),
  );

  it.each<[object, string]>([
    [Promise.resolve({ user_id: "u-1" }), "a promise: await it"],
    [[{ user_id: "u-1" }], "a list"],
    [new Map([["user_id", "u-1"]]), "an object without attributes of its own"],
    [new URLSearchParams("user_id=u-1"), "an object without attributes of its own"],
    [new Lookup(), "an object without attributes of its own"],
  ])("names what is an empty context (contract §3.2): %o", (context, kind) => {
    expect(mistakenKind(context)).toBe(kind);
  });

  it("never throws", () => {
    const hostile = new Proxy({}, {
      getPrototypeOf() {
        throw new Error("no");
      },
    });
    expect(mistakenKind(hostile)).toBeUndefined();
  });
});

const ROLES = conditionalFlag("roles", [{ attribute: "roles", operator: "Contains", values: ["admin"] }]);
const SPLIT = wireFlag("split", {
  fallthrough: { type: "Rollout", variations: [{ key: "off", weight: 50 }, { key: "on", weight: 50 }] },
});
const ANONYMOUS = "A rollout by user id serves its first variation to contexts without 'user_id': ";

describe("the warnings about a context", () => {
  it("name a list and an object that a condition compares, once (contract §3.2)", () => {
    const list = 'Attribute "roles" is a list, which conditions compare as one text: ' +
      "pass a string, a number or a boolean";
    const object = 'Attribute "roles" is an object, which conditions cannot compare: ' +
      "pass a string, a number, a boolean or a date";
    expect(warningsOf(ROLES, { roles: ["non-admin"] }, { roles: [] })).toEqual([list]);
    for (const roles of [{}, Object.create(null), new Map(), new (class User {})()]) {
      expect(warningsOf(ROLES, { roles }, { roles })).toEqual([object]);
    }
  });

  it("say nothing about values that have a text of their own (contract §3.2)", () => {
    const plainDate = { toString: () => "2026-01-01" };
    const wrapped = { [Symbol.toPrimitive]: () => "admin" };
    const values = [
      "admin",
      1,
      true,
      null,
      undefined,
      new Date(),
      new URL("https://a.example/"),
      plainDate,
      wrapped,
    ];
    expect(warningsOf(ROLES, ...values.map((roles) => ({ roles })), {})).toEqual([]);
    // An object that no condition reads.
    expect(warningsOf(ROLES, { roles: "x", user: { id: 1 }, tags: [] })).toEqual([]);
  });

  it("name an object whose text is no instant, where an instant is compared (contract §3.5)", () => {
    const since = conditionalFlag("since", [{ attribute: "at", operator: "After", values: ["2026-01-01"] }]);
    const instant = { toString: () => "2026-01-01T00:00:00Z" };
    const zoned = { toString: () => "2026-01-01T00:00:00+00:00[UTC]" };
    const warning = 'Attribute "at" is an object, which conditions cannot compare: ' +
      "pass a string, a number, a boolean or a date";
    expect(warningsOf(since, { at: zoned }, { at: zoned })).toEqual([warning]);
    expect(warningsOf(since, { at: instant }, { at: new Date() }, { at: "soon" }, { at: 1e12 })).toEqual([]);
    const text = conditionalFlag("since", [{ attribute: "at", operator: "StartsWith", values: ["2026"] }]);
    expect(warningsOf(text, { at: zoned })).toEqual([]);
  });

  it("name a property of an object that a condition asks for", () => {
    const flag = conditionalFlag("f", [{ attribute: "user.plan", operator: "Equals", values: ["pro"] }]);
    expect(warningsOf(flag, { user: { plan: "pro" } }, { user: { plan: "free" } })).toEqual([
      'Attribute "user.plan" is missing: contexts are flat, so pass an attribute of this name instead of an object',
    ]);
    expect(warningsOf(flag, {}, { user: "u" }, { user: null }, { "user.plan": "pro", user: {} })).toEqual([]);
  });

  it.each<[object, string]>([
    [{ id: "u" }, "pass \"id\" as 'user_id'"],
    [{ userID: 7 }, "pass \"userID\" as 'user_id'"],
    [{ key: "u" }, "pass \"key\" as 'user_id'"],
    [{ user: "u" }, "pass \"user\" as 'user_id'"],
    [{ user: { id: "u" } }, "pass \"user.id\" as 'user_id'"],
    [{ plan: "pro", targetingKey: "u" }, "pass \"targetingKey\" as 'user_id'"],
    [{}, "pass 'user_id', or 'user_id: null' if there is none"],
    [{ plan: "pro" }, "pass 'user_id', or 'user_id: null' if there is none"],
  ])(
    "name what looks like a user id in %j, for a rollout that has none (contract §3.6)",
    (context, remedy) => {
      expect(warningsOf(SPLIT, context, context)).toEqual([ANONYMOUS + remedy]);
    },
  );

  it("say nothing where the user id is there, or is said to be empty (contract §3.6)", () => {
    const contexts = [{ user_id: "u" }, { userId: 7 }, { user_id: null }, { userId: "" }, {
      id: "x",
      user_id: undefined,
    }];
    expect(warningsOf(SPLIT, ...contexts)).toEqual([]);
    const byPlan = wireFlag("f", { fallthrough: { ...SPLIT.fallthrough, bucketBy: "plan" } });
    expect(warningsOf(byPlan, {}, { id: "u" })).toEqual([]);
    expect(warningsOf(wireFlag("f"), { id: "u" })).toEqual([]);
  });

  it("are not repeated by a later set with the same log", () => {
    const warnings: string[] = [];
    const warn = (message: string): void => void warnings.push(message);
    for (let version = 1; version <= 3; version++) {
      const { environment, segments } = flagSetOf(wireSnapshot([]));
      const set = flagSetOf(wireSnapshot([SPLIT]));
      FlagSet.of({ environment, version, segments, flags: [set.get("split")!] }, warn).evaluate("split", {});
    }
    expect(warnings).toHaveLength(1);
  });

  it("never throw, whatever a context is (contract §3.2)", () => {
    const hostile = new Proxy({}, {
      has() {
        throw new Error("no");
      },
      get() {
        throw new Error("no");
      },
      getOwnPropertyDescriptor() {
        throw new Error("no");
      },
    });
    for (const context of [hostile, { user: hostile, roles: hostile }]) {
      const set = flagSetOf(wireSnapshot([SPLIT, ROLES]));
      expect(set.evaluate("split", context)?.variationKey).toBe("off");
      expect(set.evaluate("roles", context)?.variationKey).toBe("off");
    }
  });
});

describe("takeNote()", () => {
  it("returns a note once", () => {
    noteObject("a", []);
    expect(pendingNote).toBeDefined();
    expect(takeNote()).toContain('"a" is a list');
    expect([pendingNote, takeNote()]).toEqual([undefined, undefined]);
    noteNested({ a: {} }, "a.b");
    expect(takeNote()).toContain('"a.b" is missing');
    noteAnonymous({ id: 1 });
    expect(takeNote()).toContain('"id"');
  });
});
