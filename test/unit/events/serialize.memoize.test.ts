import { expect, it } from "vitest";
import { memoize } from "../../../src/events/serialize.ts";

it("memoize() writes each text once, whatever it is called", () => {
  const written: string[] = [];
  const write = memoize((text) => {
    written.push(text);
    return `<${text}>`;
  });
  const texts = ["a", "", "__proto__", "toString"];
  for (let round = 0; round < 3; round++) expect(texts.map(write)).toEqual(texts.map((text) => `<${text}>`));
  expect(written).toEqual(texts);
});

it("memoize() starts over when it would have to remember too much", () => {
  let calls = 0;
  const write = memoize((text) => {
    calls++;
    return text.repeat(100_000);
  });
  for (const text of ["a", "b", "a", "b", "c", "c", "a"]) expect(write(text)[99_999]).toBe(text);
  expect(calls).toBe(4);
});
