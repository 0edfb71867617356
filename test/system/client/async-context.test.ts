import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ChildProcesses, HOSTS } from "../../support/child-processes.ts";
import { wireFlag, wireSnapshot } from "../../support/wire.ts";
import { Loopback } from "./loopback.ts";

const SCRIPT = "test/system/client/children/belong-to-no-request.ts";
const snapshot = wireSnapshot([wireFlag("dark-mode")]);

let children: ChildProcesses;
let loopback: Loopback;

beforeAll(async () => {
  loopback = await Loopback.start(snapshot);
  loopback.answer = (request, response) => {
    request.resume();
    if (request.url?.endsWith("/events")) return void response.writeHead(202).end();
    const isStream = request.url?.endsWith("/stream") === true;
    response.setHeader("content-type", isStream ? "text/event-stream" : "application/json");
    const json = JSON.stringify({ ...snapshot, version: Date.now() % 1e6 });
    if (!isStream) return void response.end(json);
    response.write(`event: sync\ndata: ${json}\n\n`);
    // The flag changes with each connection, and the client has to reconnect.
    response.write(`event: flag.deleted\ndata: {"key":"dark-mode","version":99}\n\n`);
    setTimeout(() => response.end(), 100);
  };
  children = await ChildProcesses.of([SCRIPT], () => loopback.origin);
}, 120_000);

afterAll(async () => {
  await loopback?.stop();
  await children?.remove();
});

describe.each(HOSTS)("a client that a request imported, made and started on %s", (host) => {
  it("belongs to no request: all that it does in the background is outside (contract §6)", async () => {
    const { result } = await children.run(host, SCRIPT);
    expect(result).toEqual({
      collected: [true, true],
      reconnected: true,
      background: {
        "bootstrap": ["second"],
        "inspector": ["second"],
        "listener": ["none"],
        "poll /flags": ["none"],
        "stream /events": ["none"],
        "stream /stream": ["none"],
      },
      asked: [true, true],
    });
  }, 120_000);
});
