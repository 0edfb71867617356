import { describe, expect, it } from "vitest";
import { createOnce, warnOnce } from "../../../src/runtime/once.ts";

describe("createOnce()", () => {
  it("returns true for each topic once", () => {
    const isFirst = createOnce();
    expect(["a", "b", "a", "b"].map(isFirst)).toEqual([true, true, false, false]);
  });

  it("treats every topic as seen beyond 1,000, so that user input cannot flood the log", () => {
    const isFirst = createOnce();
    const topics = Array.from({ length: 1_500 }, (_, index) => `flag ${index}`);
    expect(topics.filter(isFirst)).toHaveLength(1_000);
    expect(topics.filter(isFirst)).toHaveLength(0);
  });

  it("remembers the first 1,000 characters of a topic, since topics may be made of user input", () => {
    const isFirst = createOnce();
    const long = "\ud800x".repeat(500);
    expect([long, `${long}a`, `${long}b`, long.slice(1)].map(isFirst)).toEqual([true, false, false, true]);
  });

  it("forgets all topics when it is full, if asked to", () => {
    const isFirst = createOnce({ limit: 2, whenFull: "restart" });
    expect(["a", "b", "c", "a", "c"].map(isFirst)).toEqual([true, true, true, true, false]);
  });
});

describe("warnOnce()", () => {
  it("passes each message on once, until it has seen 100 others", () => {
    const warnings: string[] = [];
    const warn = warnOnce((message) => warnings.push(message));
    warn("first");
    warn("first");
    expect(warnings).toEqual(["first"]);
    for (let index = 0; index < 100; index++) warn(`other ${index}`);
    warn("first");
    expect(warnings).toHaveLength(102);
  });
});
