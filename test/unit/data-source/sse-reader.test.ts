import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSseParser, readSse } from "../../../src/data-source/sse-reader.ts";
import { openBody } from "../../../src/http/read-body.ts";
import type { BodyReader } from "../../../src/http/read-body.ts";
import { cpuTime } from "../../support/cpu-time.ts";
import { FakeBody } from "../../support/fake-response.ts";
import { PROPERTY_TIMEOUT, runs } from "../../support/runs.ts";

interface ReaderLog {
  readonly events: (readonly [type: string, data: string])[];
  readonly retries: number[];
  bytes: number;
  comments: number;
}

function listen(): ReaderLog & { handlers: Parameters<typeof readSse>[1] } {
  const events: ReaderLog["events"] = [];
  const retries: number[] = [];
  const heard = {
    events,
    retries,
    bytes: 0,
    comments: 0,
    handlers: {
      onBytes: () => void heard.bytes++,
      onComment: () => void heard.comments++,
      onEvent: (type: string, data: string) => void events.push([type, data]),
      onRetry: (delay: number) => void retries.push(delay),
    },
  };
  return heard;
}

function open(body: FakeBody): BodyReader {
  return openBody(body as unknown as ReadableStream<Uint8Array>);
}

/** Reads chunks to their end. */
async function read(chunks: readonly (string | Uint8Array)[]): Promise<ReaderLog> {
  const body = new FakeBody();
  for (const chunk of chunks) body.write(chunk);
  body.end();
  const heard = listen();
  await readSse(open(body), heard.handlers);
  return heard;
}

const STREAM = [
  ": a comment",
  "event: sync",
  'data: {"a":',
  'data: "ключ 🚀"}',
  "id: 1",
  "",
  "retry: 1500",
  "event:ping",
  "data",
  "",
  "event: no-data",
  "",
  "data: plain",
  "",
  "",
];
const EVENTS = [["sync", '{"a":\n"ключ 🚀"}'], ["ping", ""], ["message", "plain"]];

describe("readSse() (contract §4, WHATWG)", () => {
  it.each([["LF", "\n"], ["CR", "\r"], ["CRLF", "\r\n"]])(
    "splits lines at %s, wherever chunks end",
    async (_, end) => {
      const bytes = new TextEncoder().encode(`\ufeff${STREAM.join(end)}`);
      for (let at = 0; at <= bytes.length; at++) {
        const heard = await read([bytes.slice(0, at), bytes.slice(at)]);
        expect(heard.events, `cut at byte ${at}`).toEqual(EVENTS);
        expect(heard.retries).toEqual([1500]);
      }
      const drip = await read([...bytes].map((byte) => Uint8Array.of(byte)));
      expect(drip.events).toEqual(EVENTS);
      expect(drip.bytes).toBe(bytes.length);
      expect(drip.comments).toBe(1);
    },
  );

  it("understands any mix of line ends and chunks", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom("\n", "\r", "\r\n"), { minLength: STREAM.length, maxLength: STREAM.length }),
        fc.array(fc.nat(120), { maxLength: 8 }),
        async (ends, cuts) => {
          const text = STREAM.map((line, index) => line + ends[index]).join("");
          // A CR before an empty line and an LF after it are one end, not two.
          fc.pre(
            !/\r\n/.test(
              STREAM.map((line, index) => line + (ends[index] === "\r\n" ? "" : ends[index])).join(""),
            ),
          );
          const bytes = new TextEncoder().encode(text);
          const places = [0, ...cuts.sort((one, other) => one - other), bytes.length];
          const chunks = places.slice(1).map((place, index) => bytes.slice(places[index], place));
          expect((await read(chunks)).events).toEqual(EVENTS);
        },
      ),
      { numRuns: runs(100) },
    );
  });

  it("gives an event out as soon as its last line end is here, be it a lone CR", async () => {
    const body = new FakeBody();
    const heard = listen();
    const reader = open(body);
    const ended = readSse(reader, heard.handlers);
    body.write("data: now\r\r");
    for (let turn = 0; turn < 10; turn++) await null;
    expect(heard.events).toEqual([["message", "now"]]);
    reader.cancel();
    await ended;
    expect(body.cancelled).toBe(true);
  });

  it("refuses an event of more than 32 MiB, in one line or in many (contract §1)", async () => {
    const mebi = "x".repeat(2 ** 20);
    const line = ["data: ", ...Array.from({ length: 33 }, () => mebi)];
    await expect(read(line)).rejects.toThrow(/more than/);
    const lines = Array.from({ length: 33 }, () => `data: ${mebi}\n`);
    await expect(read(lines)).rejects.toThrow(/more than/);
    await expect(read([`data: ${mebi.repeat(33)}\n\n`])).rejects.toThrow(/more than/);
  });

  it("does not count what came before an event", async () => {
    const mebi = "x".repeat(2 ** 20);
    const events = Array.from({ length: 40 }, () => `: ${mebi}\ndata: ${mebi}\n\n`);
    expect((await read(events)).events).toHaveLength(40);
  });

  it("takes time in proportion to an event that drips in", async () => {
    const time = async (length: number): Promise<number> => {
      const drip = ["data: ", ...Array.from({ length }, () => "x"), "\n\n"];
      const start = cpuTime();
      expect((await read(drip)).events[0]?.[1]).toHaveLength(length);
      return cpuTime() - start;
    };
    await time(20_000);
    const short = await time(50_000);
    expect(await time(400_000)).toBeLessThan(8 * 6 * Math.max(short, 5));
  });

  it("rejects when the body breaks, and when a handler throws", async () => {
    const body = new FakeBody();
    body.write("data: cut o");
    body.break(new TypeError("reset"));
    await expect(readSse(open(body), listen().handlers))
      .rejects.toThrow("reset");
    const fed = new FakeBody("data: x\n\n");
    const handlers = {
      ...listen().handlers,
      onEvent() {
        throw new RangeError("refused");
      },
    };
    await expect(readSse(open(fed), handlers))
      .rejects.toThrow("refused");
  });
});

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
