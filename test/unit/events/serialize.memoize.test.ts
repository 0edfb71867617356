import { expect, it } from "vitest";
import { memoize } from "../../../src/events/serialize.ts";

it("memoize() writes each text once, whatever it is called", () => {
  const written: string[] = [];
  const write = memoize((text) => {
    written.push(text);
    return JSON.stringify(text);
  });
  const texts = ["a", "", "__proto__", "toString"];
  for (let round = 0; round < 3; round++) {
    expect(texts.map(write)).toEqual(texts.map((text) => JSON.stringify(text)));
  }
  expect(written).toEqual(texts);
});

it("memoize() starts over when it would have to remember too much", () => {
  let calls = 0;
  const write = memoize((text) => {
    calls++;
    return JSON.stringify(text);
  });
  const texts = Array.from({ length: 300 }, (_, index) => String(index).padStart(998, "x")); // 300,000 characters
  for (const text of texts.slice(0, 250)) write(text);
  for (const text of texts.slice(0, 250)) write(text);
  expect(calls).toBe(250);
  write(texts[250]!);
  write(texts[0]!);
  expect(calls).toBe(252);
});

it("memoize() does not remember long texts: they are no keys that repeat", () => {
  let calls = 0;
  const write = memoize((text) => {
    calls++;
    return JSON.stringify(text);
  });
  for (const length of [998, 998, 999, 999]) write("x".repeat(length));
  expect(calls).toBe(3);
});
