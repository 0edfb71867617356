import { describe, expect, it } from "vitest";
import { decodeSnapshot } from "../../../../src/contract/snapshot.ts";
import type { Snapshot } from "../../../../src/contract/snapshot.ts";
import { bodyOf, respond, SnapshotBody } from "../../../../src/server/http/body.ts";
import type { StreamSink } from "../../../../src/server/http/body.ts";
import { wireFlag, wireSegment, wireSnapshot } from "../../../support/wire.ts";

const FLAGS = ["b", "a", "ü"].map((key) => wireFlag(key));
const SEGMENTS = [wireSegment("two"), wireSegment("one")];

function snapshot(flags = FLAGS, segments = SEGMENTS, version = 1): Snapshot {
  return decodeSnapshot(JSON.parse(JSON.stringify({ ...wireSnapshot(flags, segments), version })), () => {});
}

describe("SnapshotBody", () => {
  it("has one buffer for the snapshot and for the event that begins a stream (contract §9)", () => {
    const body = new SnapshotBody(snapshot());
    const text = new TextDecoder().decode(body.sync);
    expect(text).toBe(`event: sync\ndata: ${JSON.stringify(snapshot())}\n\n`);
    expect(new TextDecoder().decode(body.bytes)).toBe(body.json);
    expect(body.bytes.buffer).toBe(body.sync.buffer);
    expect(body.sync).toBe(body.sync);
  });

  it("has the ETag of its content, whatever its order and the snapshot's version (contract §9)", () => {
    const { etag } = new SnapshotBody(snapshot());
    expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
    expect(new SnapshotBody(snapshot(FLAGS.toReversed(), SEGMENTS.toReversed(), 7)).etag).toBe(etag);
    const others = [
      snapshot(FLAGS.slice(1)),
      snapshot([...FLAGS, wireFlag("c")]),
      snapshot([wireFlag("b", { enabled: false }), ...FLAGS.slice(1)]),
      snapshot(FLAGS, SEGMENTS.slice(1)),
      snapshot(FLAGS, []),
      { ...snapshot(), environment: "other" },
    ];
    expect(new Set([etag, ...others.map((other) => new SnapshotBody(other).etag)]).size).toBe(
      others.length + 1,
    );
  });
});

describe("respond()", () => {
  it("hands bytes out in pieces of the one buffer", async () => {
    const bytes = new Uint8Array(150_000).fill(7);
    const response = respond(bytes, { etag: '"1"' });
    expect(bodyOf(response)).toBe(bytes);
    expect(bodyOf(new Response(""))).toBeUndefined();
    const sizes = [];
    for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
      expect(piece.buffer).toBe(bytes.buffer);
      sizes.push(piece.byteLength);
    }
    expect(sizes).toEqual([65_536, 65_536, 18_928]);
    expect((await respond(new Uint8Array(0), {}).arrayBuffer()).byteLength).toBe(0);
  });

  it("asks an open stream for bytes only when the reader wants some", async () => {
    const calls: string[] = [];
    let sink: StreamSink;
    const { body } = respond({
      connect(given) {
        calls.push("connect");
        sink = given;
      },
      drained() {
        calls.push("drained");
        if (calls.length > 2) sink.end();
        else sink.write(new Uint8Array(1));
      },
      cancel: () => void calls.push("cancel"),
    }, {});
    expect(calls).toEqual([]);
    const reader = body!.getReader();
    expect((await reader.read()).value).toHaveLength(1);
    expect((await reader.read()).done).toBe(true);
    expect(calls).toEqual(["connect", "drained", "drained"]);
  });
});
