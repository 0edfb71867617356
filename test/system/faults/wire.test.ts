import { describe, expect, it } from "vitest";
import type { Spoil } from "../../support/service-socket.ts";
import { createReport } from "./report.ts";
import { Stage } from "./stage.ts";

const SHORT = "ключ 🚀 \u2028 ends";
const LONG = "é".repeat(2_500_000);

const encoder = new TextEncoder();

/** Ways in which an event stream may be spelt and cut up, all of them the same to its reader (contract §4). */
const SPELLINGS: readonly [name: string, spoil: Spoil, value?: string][] = [
  ["line feeds", (event) => [event]],
  ["carriage returns with line feeds", (event) => [event.replaceAll("\n", "\r\n")]],
  ["carriage returns", (event) => [event.replaceAll("\n", "\r")]],
  ["every event split at every byte", bytesOf],
  ["that, with CRLF", (event) => bytesOf(event.replaceAll("\n", "\r\n"))],
  ["that, with CR", (event) => bytesOf(event.replaceAll("\n", "\r"))],
  ["a byte order mark", (event) => event.startsWith("event: sync") ? ["\ufeff" + event] : [event]],
  ["comments between and within", (event) => [`: hello\n\n${event.replace("\n", "\n:\n")}:`, ` bye\n`]],
  ["data on many lines", (event) => [event.replaceAll(",", ",\ndata: ")]],
  [
    "fields and events that nobody knows",
    (event) => [`id: 7\nfoo\nevent: flag.exploded\ndata: {}\n\n` + event.replace("\n", "\nid:9\n")],
  ],
  ["events of 5 MB", (event) => [event], LONG],
  ["events of 5 MB in packets of a kilobyte", inPackets, LONG],
];

describe("FeatureflipClient reading a stream (contract §4)", () => {
  const report = createReport("spelling of the stream");

  it.each(SPELLINGS)(
    "takes the flags and a change from %s, at no further request",
    async (name, spoil, value = SHORT) => {
      await Stage.play(async (stage) => {
        const { service, clock, requests, logger } = stage;
        service.answer = (exchange) => exchange.pass(spoil);
        stage.edit(`${value} 1`);
        await stage.openReady();
        expect(stage.value === `${value} 1`, "the sync's value").toBe(true);
        stage.edit(`${value} 2`);
        const recovered = await stage.serves(`${value} 2`, 1000);
        expect(recovered, "ms that a change takes").toBe(0);
        await clock.advance(60_000);
        expect(requests).toEqual(["/v1/sdk/stream"]);
        expect(logger.lines).toEqual([]);
        report({ fault: name, served: ["the flags, the change"], recovered, cost: requests.length });
      });
    },
  );
});

function bytesOf(event: string): Uint8Array[] {
  return [...encoder.encode(event)].map((byte) => Uint8Array.of(byte));
}

function inPackets(event: string): Uint8Array[] {
  const bytes = encoder.encode(event);
  return Array.from(
    { length: Math.ceil(bytes.length / 1024) },
    (_, n) => bytes.subarray(n * 1024, (n + 1) * 1024),
  );
}
