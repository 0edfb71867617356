import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { createStreamSource } from "../../../src/data-source/streaming.ts";
import { detectRuntime } from "../../../src/runtime/detect-runtime.ts";
import type { Scheduler } from "../../../src/runtime/scheduler.ts";
import { MemorySink } from "../../support/memory-sink.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import { httpAnswer, ServiceSocket, STREAM_HEAD } from "../../support/service-socket.ts";
import { createTestHttpClient } from "../../support/source-context.ts";
import { until } from "../../support/until.ts";

/** Real time, a hundred times as fast where there is something to recover from: 30 s of back-off are 0.3 s. */
const HASTE = 100;

function schedulerOf(speed: number): Scheduler {
  const { scheduler } = detectRuntime();
  const start = Date.now();
  return {
    now: () => start + (Date.now() - start) * speed,
    random: scheduler.random,
    after: (delay, callback, options) => scheduler.after(delay / speed, callback, options),
    detach: scheduler.detach,
  };
}

function snapshot(version: number, note = ""): string {
  const flag = {
    key: "a",
    version,
    type: "String",
    enabled: true,
    variations: [{ key: "v", value: note }],
    fallthrough: { type: "Fixed", variation: "v" },
    offVariation: "v",
  };
  return JSON.stringify({ environment: "e", version, flags: [flag], segments: [] });
}

function sync(version: number, note?: string): string {
  return `event: sync\ndata: ${snapshot(version, note)}\n\n`;
}

/** Answers stream requests with `answers` in turn, the last one forever, and everything else with 503. */
async function withStream(
  answers: readonly ((socket: Socket) => void)[],
  run: (sink: MemorySink, server: ServiceSocket) => Promise<void>,
  { speed = 1, connectTimeout = 60_000 } = {},
): Promise<void> {
  let dialled = 0;
  const server = await ServiceSocket.start({
    answer: ({ socket, head }) => {
      if (head.includes("/stream")) answers[Math.min(dialled++, answers.length - 1)]!(socket);
      else socket.end(httpAnswer(503, {}, ""));
    },
  });
  const scheduler = schedulerOf(speed);
  const logger = createRecordingLogger();
  const runtime = detectRuntime();
  const http = createTestHttpClient({
    baseUrl: server.baseUrl,
    fetch: undefined,
    runtime,
    scheduler,
    logger,
    connectTimeout: connectTimeout * speed,
  });
  const sink = new MemorySink();
  const source = createStreamSource({ http, sink, scheduler, logger, runtime }, {
    pollInterval: 30_000,
    pollAfterFailures: 5,
  });
  source.start();
  try {
    await run(sink, server);
  } finally {
    source.close();
    http.close();
    await until(() => server.openConnections === 0);
    await server.refuse();
  }
}

const good = (version: number) => (socket: Socket): void => void socket.write(STREAM_HEAD + sync(version));

/** What shows by a time-out, and nothing else does: a busy machine takes its time for what comes. */
const NO_HEADERS = "headers that never come";

const FAULTS: readonly (readonly [name: string, fault: (socket: Socket) => void])[] = [
  ["a reset before the headers", (socket) => socket.resetAndDestroy()],
  [NO_HEADERS, () => {}],
  ["a clean close at once", (socket) => socket.end(STREAM_HEAD)],
  ["a clean close after the sync", (socket) => socket.end(STREAM_HEAD + sync(1))],
  [
    "a reset in mid-event",
    (socket) => socket.write(STREAM_HEAD + sync(1).slice(0, 40), () => socket.resetAndDestroy()),
  ],
  ["a half-open connection", (socket) => socket.write(STREAM_HEAD + sync(1))],
  ["a malformed sync", (socket) => socket.write(`${STREAM_HEAD}event: sync\ndata: {"flags":7}\n\n`)],
  ["a sync that is no JSON", (socket) => socket.write(`${STREAM_HEAD}event: sync\ndata: {"flags"\n\n`)],
  [
    "HTML with 200",
    (socket) => socket.end(httpAnswer(200, { "Content-Type": "text/html" }, "<h1>Hi</h1>")),
  ],
  ["a redirect", (socket) => socket.end(httpAnswer(302, { Location: "/elsewhere" }, ""))],
  ["503 with Retry-After", (socket) => socket.end(httpAnswer(503, { "Retry-After": "3" }, "{}"))],
  ["429", (socket) => socket.end(httpAnswer(429, {}, "{}"))],
  ["401", (socket) => socket.end(httpAnswer(401, {}, `{"error":"revoked"}`))],
];

describe("createStreamSource() on a real socket (contract §4)", () => {
  it.each(FAULTS)("recovers from %s", async (name, fault) => {
    await withStream([fault, good(2)], async (sink, server) => {
      await until(() => sink.flagVersion("a") === 2);
      expect(server.heads.filter((head) => head.includes("/stream"))).toHaveLength(2);
      await until(() => server.openConnections === 1);
    }, { speed: HASTE, connectTimeout: name === NO_HEADERS ? 200 : undefined });
  });

  it("follows events that drip in byte by byte", async () => {
    const drip = async (socket: Socket): Promise<void> => {
      socket.write(STREAM_HEAD);
      for (
        const byte of new TextEncoder().encode(
          `\ufeff: hello\r\r${sync(3, "ключ 🚀").replaceAll("\n", "\r\n")}`,
        )
      ) {
        socket.write(Uint8Array.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await withStream([(socket) => void drip(socket)], async (sink) => {
      await until(() => sink.flagVersion("a") === 3);
      expect(sink.flags.get("a")?.variations[0]?.value).toBe("ключ 🚀");
    });
  });

  it("applies a sync of 5 MB", async () => {
    const note = "é".repeat(2_500_000);
    await withStream([(socket) => void socket.write(STREAM_HEAD + sync(4, note))], async (sink) => {
      await until(() => sink.flagVersion("a") === 4, 10_000);
      expect(sink.flags.get("a")?.variations[0]?.value).toBe(note);
    });
  });

  it("applies a delta the moment its bytes are here", async () => {
    let socket: Socket | undefined;
    await withStream([(opened) => {
      socket = opened;
      opened.write(STREAM_HEAD + sync(1));
    }], async (sink, server) => {
      await until(() => sink.flagVersion("a") === 1);
      const [flag] = (JSON.parse(snapshot(2)) as { flags: unknown[] }).flags;
      socket?.write(`event: flag.updated\ndata: ${JSON.stringify(flag)}\n\n`);
      await until(() => sink.flagVersion("a") === 2);
      socket?.write(`event: flag.deleted\ndata: {"key":"a","version":3}\n\n`);
      await until(() => sink.flags.size === 0);
      expect(server.heads.filter((request) => request.startsWith("GET /v1/sdk/flags/"))).toEqual([]);
    });
  });
});
