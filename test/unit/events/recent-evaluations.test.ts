import { describe, expect, it } from "vitest";
import { EvaluationSet, RecentEvaluations } from "../../../src/events/recent-evaluations.ts";

describe("RecentEvaluations", () => {
  it("distinguishes flag, variation and user, absent ones too (contract §5)", () => {
    const recent = new RecentEvaluations(1_000);
    const texts = ["a", "a b", "b", '"', "__proto__", "", undefined];
    const all = texts.flatMap((variation) =>
      texts.flatMap((user) => ["f", "f g", "__proto__", ""].map((flag) => [flag, variation, user] as const))
    );
    expect(all.every(([flag, variation, user]) => recent.isNew(flag, variation, user, 0))).toBe(true);
    expect(all.some(([flag, variation, user]) => recent.isNew(flag, variation, user, 999))).toBe(false);
  });

  it("forgets when the interval is over (contract §5)", () => {
    const recent = new RecentEvaluations(1_000);
    expect(recent.isNew("f", "on", "u", 0)).toBe(true);
    expect(recent.isNew("f", "on", "v", 900)).toBe(true);
    expect(recent.isNew("f", "on", "u", 999)).toBe(false);
    expect(recent.isNew("f", "on", "u", 1_000)).toBe(true);
  });

  it("forgets when the clock was set back by an interval (contract §6.2)", () => {
    const recent = new RecentEvaluations(1_000);
    expect(recent.isNew("f", "on", "u", 5_000)).toBe(true);
    expect(recent.isNew("f", "on", "u", 4_001)).toBe(false);
    expect(recent.isNew("f", "on", "u", 4_000)).toBe(true);
  });

  it("starts over with 32,768 evaluations of one interval (contract §5)", () => {
    const recent = new RecentEvaluations(1_000);
    const users = Array.from({ length: 32_768 }, (_, user) => String(user));
    expect(users.every((user) => recent.isNew("f", "on", user, 0))).toBe(true);
    expect(users.some((user) => recent.isNew("f", "on", user, 0))).toBe(false);
    expect(recent.isNew("f", "on", "new", 0)).toBe(true);
    expect(recent.isNew("f", "on", "0", 0)).toBe(true);
    expect(recent.isNew("f", "on", "new", 0)).toBe(false);
  });

  it("forgets an evaluation that was shed, and it alone", () => {
    const recent = new RecentEvaluations(1_000);
    for (const user of ["u", "v"]) recent.isNew("f", "on", user, 0);
    recent.forget("f", "on", "u");
    recent.forget("f", "off", "u");
    recent.forget("g", "on", "u");
    expect([recent.isNew("f", "on", "u", 1), recent.isNew("f", "on", "v", 1)]).toEqual([true, false]);
  });
});

describe("RecentEvaluations.forget()", () => {
  it("keeps its bound while each evaluation of another flag is shed (contract §5)", () => {
    const recent = new RecentEvaluations(1_000);
    expect(recent.isNew("f", "on", "u", 0)).toBe(true);
    for (let flag = 1; flag < 32_768; flag++) {
      recent.isNew(`unknown ${flag}`, undefined, "u", 0);
      recent.forget(`unknown ${flag}`, undefined, "u");
    }
    expect([recent.isNew("f", "on", "u", 0), recent.isNew("g", "on", "u", 0)]).toEqual([false, true]);
    expect(recent.isNew("f", "on", "u", 0)).toBe(true);
  });
});

describe("EvaluationSet", () => {
  it("usersOf() returns one set per flag and variation, absent ones too (contract §5)", () => {
    const texts = ["a", "a b", "b", '"', "__proto__", "", undefined];
    const places = texts.flatMap((variation) =>
      ["f", "f g", "__proto__", ""].map((flag) => [flag, variation] as const)
    );
    const evaluations = new EvaluationSet();
    const sets = places.map((place) => evaluations.usersOf(...place));
    expect(new Set(sets).size).toBe(places.length);
    expect(places.every((place, at) => evaluations.usersOf(...place) === sets[at])).toBe(true);
  });
});
