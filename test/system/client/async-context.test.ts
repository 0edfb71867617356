import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ChildProcesses, HOSTS } from "../../support/child-processes.ts";
import { ServiceSocket } from "../../support/service-socket.ts";
import type { Exchange } from "../../support/service-socket.ts";
import { wireFlag, wireSnapshot } from "../../support/wire.ts";

const SCRIPT = "test/system/client/children/belong-to-no-request.ts";
const snapshot = wireSnapshot([wireFlag("dark-mode")]);

let children: ChildProcesses;
let socket: ServiceSocket;

beforeAll(async () => {
  socket = await ServiceSocket.start({ answer, keepAlive: true });
  children = await ChildProcesses.of([SCRIPT], () => socket.baseUrl);
}, 120_000);

async function answer(exchange: Exchange): Promise<void> {
  if (exchange.path.endsWith("/events")) return exchange.reply(202, {}, "");
  const json = JSON.stringify({ ...snapshot, version: Date.now() % 1e6 });
  if (!exchange.isStream) return exchange.reply(200, { "content-type": "application/json" }, json);
  await exchange.openStream();
  // The flag changes with each connection, and the client has to reconnect.
  await exchange.write(
    `event: sync\ndata: ${json}\n\n`,
    `event: flag.deleted\ndata: {"key":"dark-mode","version":99}\n\n`,
  );
  setTimeout(() => exchange.end(), 100);
}

afterAll(async () => {
  await socket?.refuse();
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
        "lazy /flags": ["none"],
        "listener": ["none"],
        "poll /flags": ["none"],
        "stream /events": ["none"],
        "stream /stream": ["none"],
      },
      asked: [true, true],
    });
  }, 120_000);
});
