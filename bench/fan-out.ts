/**
 * What a change costs a server with many open streams, beside a hand-written `node:http` server that sends the same bytes.
 * `npx tsx -C source bench/fan-out.ts [STREAMS] [FLIPS] [COMMAND]`, 1,000 and 200 by default. The command runs the server on
 * another runtime: `"bun --conditions=source"` or `"deno run -A --conditions=source"`. Processor time is that of the server's
 * process. Fails when a change is lost.
 */
import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import { connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import process from "node:process";
import { createInterface } from "node:readline";
import { createEvaluationApi, serve } from "../src/server/mod.ts";

const SDK_KEY = "sdk-bench";
const FLAGS = Number(process.env.FLAGS ?? 20);
const FLIP_EVERY_MS = 50;
/** How many flips of one tick the second part has. */
const BURST = 10;
const PATIENCE_MS = 120_000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function flag(
  index: number,
  version: number,
): Parameters<ReturnType<typeof createEvaluationApi>["putFlag"]>[0] {
  return {
    key: `flag-${index}`,
    version,
    type: "Boolean",
    enabled: version % 2 === 0,
    variations: [{ key: "on", value: true }, { key: "off", value: false }],
    rules: [],
    fallthrough: { type: "Fixed", variation: "on" },
    offVariation: "off",
    prerequisites: [],
  };
}

/** Prints the URL, flips as often as each line says, and answers it with the processor time and memory so far. */
function obey(url: string, flip: (count: number) => void): void {
  console.log(url);
  createInterface(process.stdin).on("line", (line) => {
    flip(Number(line));
    const { user, system } = process.cpuUsage();
    console.log(JSON.stringify({ cpu: (user + system) / 1_000, rss: process.memoryUsage.rss() }));
  }).on("close", () => process.exit());
}

async function serveSdk(): Promise<void> {
  const flags = Array.from({ length: FLAGS }, (_, index) => flag(index, 1));
  const api = createEvaluationApi({ sdkKeys: [SDK_KEY], maxStreams: 100_000, environment: { flags } });
  let version = 1;
  obey((await serve(api)).url, (count) => {
    for (let flips = 0; flips < count; flips++) api.putFlag(flag(0, ++version));
  });
}

async function serveFloor(): Promise<void> {
  const first = Array.from({ length: FLAGS }, (_, index) => flag(index, 1));
  const sync = `event: sync\ndata: ${
    JSON.stringify({ environment: "", version: 1, flags: first, segments: [] })
  }\n\n`;
  const streams = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
    response.write(sync);
    streams.add(response);
    request.on("close", () => streams.delete(response));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  let version = 1;
  obey(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, (count) => {
    for (let flips = 0; flips < count; flips++) {
      const bytes = Buffer.from(`event: flag.updated\ndata: ${JSON.stringify(flag(0, ++version))}\n\n`);
      for (const stream of streams) stream.write(bytes);
    }
  });
}

async function measure(streams: number, flips: number): Promise<void> {
  console.log(`${streams} streams, ${FLAGS} flags`);
  for (const kind of ["floor", "sdk", "floor", "sdk"]) {
    const [command, ...options] = process.argv[4]?.split(" ") ?? [process.execPath, ...process.execArgv];
    const server = spawn(command!, [...options, process.argv[1]!, `serve-${kind}`]);
    server.stderr.pipe(process.stderr);
    const ask = asker(server);
    const url = await ask();
    const before = JSON.parse(await ask("0"));
    const readers = new Readers(Number(new URL(url).port));
    await readers.open(streams);
    const open = JSON.parse(await ask("0"));
    const started = Date.now();
    for (let flip = 0; flip < flips; flip++) {
      await ask("1");
      await sleep(FLIP_EVERY_MS);
    }
    await readers.wait(streams * flips);
    const seconds = (Date.now() - started) / 1_000;
    const single = JSON.parse(await ask("0"));
    for (let flip = 0; flip < flips; flip += BURST) {
      await ask(String(BURST));
      await sleep(FLIP_EVERY_MS);
    }
    await readers.wait(streams * flips * 2);
    const burst = JSON.parse(await ask("0"));
    const perDelivery = (from: { cpu: number }, to: { cpu: number }): string =>
      `${(1_000 * (to.cpu - from.cpu) / (streams * flips)).toFixed(1)} µs`;
    console.log(
      kind.padEnd(6),
      `per delivery ${perDelivery(open, single)}, in bursts of ${BURST} ${perDelivery(single, burst)};`,
      `${Math.round(streams * flips / seconds)} a second;`,
      `per stream ${Math.round((open.rss - before.rss) / streams / 1024)} KiB, ${
        ((open.cpu - before.cpu) / streams).toFixed(2)
      } ms to open`,
    );
    readers.close();
    server.stdin.end();
  }
}

function asker(server: ChildProcessWithoutNullStreams): (line?: string) => Promise<string> {
  const lines = createInterface(server.stdout)[Symbol.asyncIterator]();
  return async (line) => {
    if (line !== undefined) server.stdin.write(`${line}\n`);
    return (await lines.next()).value;
  };
}

/** Raw sockets that count the events they receive. */
class Readers {
  readonly #port: number;
  readonly #sockets: Socket[] = [];
  #syncs = 0;
  #updates = 0;

  constructor(port: number) {
    this.#port = port;
  }

  async open(count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      const socket = connect(this.#port, "127.0.0.1");
      socket.setEncoding("latin1").on("data", (text) => this.#count(String(text)));
      socket.on("error", (error) => console.error(error.message));
      socket.write(`GET /v1/sdk/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${SDK_KEY}\r\n\r\n`);
      this.#sockets.push(socket);
      if (index % 50 === 49) await sleep(20);
    }
    await this.#until(() => this.#syncs >= count);
  }

  async wait(updates: number): Promise<void> {
    await this.#until(() => this.#updates >= updates);
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** A small event is never split on loopback, as each is one write. */
  #count(text: string): void {
    this.#syncs += text.split("event: sync").length - 1;
    this.#updates += text.split("event: flag.updated").length - 1;
  }

  async #until(isSo: () => boolean): Promise<void> {
    for (const end = Date.now() + PATIENCE_MS; !isSo(); await sleep(10)) {
      if (Date.now() > end) throw new Error(`Only ${this.#syncs} syncs and ${this.#updates} updates arrived`);
    }
  }
}

if (process.argv.includes("serve-sdk")) await serveSdk();
else if (process.argv.includes("serve-floor")) await serveFloor();
else await measure(Number(process.argv[2] ?? 1000), Number(process.argv[3] ?? 200));
