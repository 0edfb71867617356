import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSseParser } from "../../../src/data-source/sse-parser.ts";
import { PROPERTY_TIMEOUT, runs } from "../../support/runs.ts";

type Heard = readonly unknown[];

/** What is heard of a stream that comes in pieces. */
function hear(pieces: readonly string[]): Heard {
  const heard: unknown[] = [];
  const parse = createSseParser({
    onEvent: (type, data) => heard.push(["event", type, data]),
    onComment: () => heard.push("comment"),
    onRetry: (delay) => heard.push(["retry", delay]),
  });
  for (const piece of pieces) parse(piece);
  return heard;
}

/** What an independent parser hears of it. */
function expected(text: string): Heard {
  const heard: unknown[] = [];
  const parser = createParser({
    onEvent: ({ event = "message", data }) => heard.push(["event", event, data]),
    onComment: () => heard.push("comment"),
    onRetry: (delay) => heard.push(["retry", delay]),
  });
  parser.feed(text);
  return heard;
}

const word = fc.constantFrom("", " ", "  ", ":", "0", "1500", "-1", "ключ 🚀", "\0", "\u2028", "data", "x:y");
const field = fc.constantFrom(
  "data",
  "event",
  "retry",
  "id",
  "",
  "Data",
  "data ",
  " data",
  "foo",
  "\ufeffdata",
);
const line = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(field, fc.constantFrom(":", ": ", ""), word).map((parts) => parts.join("")),
  },
  { weight: 4, arbitrary: fc.constant("") },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 5 }) },
);
const stream = fc.array(fc.tuple(line, fc.constantFrom("\n", "\r", "\r\n")).map((parts) => parts.join("")), {
  maxLength: 30,
}).map((lines) => lines.join(""));

describe("createSseParser() (contract §4, WHATWG)", () => {
  it("hears what an independent parser hears, wherever the stream is cut", () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(200), { maxLength: 10 }), (begun, cuts) => {
        // An independent parser waits for what follows a CR: a comment makes it speak.
        const text = `${begun}:\n`;
        // Some parsers take these three characters for a byte order mark, whose bytes they are.
        fc.pre(!text.startsWith("\u00ef\u00bb\u00bf"));
        const places = [0, ...cuts.sort((one, other) => one - other), text.length];
        const pieces = places.slice(1).map((place, index) => text.slice(places[index], place));
        expect(hear(pieces)).toEqual(expected(text));
        expect(hear([...text])).toEqual(expected(text));
      }),
      { numRuns: runs(3000) },
    );
  }, PROPERTY_TIMEOUT);

  it.each<[string, string, Heard]>([
    ["an event without data", "event: a\n\ndata: b\n\n", [["event", "message", "b"]]],
    ["data that is empty", "data\n\ndata:\ndata:\n\n", [["event", "message", ""], [
      "event",
      "message",
      "\n",
    ]]],
    ["one space cut from a value, and no more", "data:  a \n\n", [["event", "message", " a "]]],
    ["the last type of an event", "event: a\nevent: b\ndata:\n\n", [["event", "b", ""]]],
    ["a lone CR as the end of a line, at once", "data: now\r\r", [["event", "message", "now"]]],
    ["what is not over as not there", "data: cut\n", []],
    ["digits alone as a wait", "retry: 1e3\nretry: 20\nretry:\n", [["retry", 20]]],
  ])("takes %s", (_, text, heard) => {
    expect(hear([text])).toEqual(heard);
    expect(hear([...text])).toEqual(heard);
  });
});
