import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:https";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { BODY_TIMEOUT_MS } from "../../../src/contract/limits.ts";
import { listenOnNode } from "../../../src/server/hosts/node.ts";
import { serve } from "../../../src/server/mod.ts";
import type { EvaluationApi, Relay } from "../../../src/server/mod.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import { until } from "../../support/until.ts";
import { createApi, SDK_KEY } from "../../unit/server/local-api.ts";
import { RelayFixture } from "../../unit/server/relay-fixture.ts";

const IS_DENO = "Deno" in globalThis;
const IS_NODE = !IS_DENO && !("Bun" in globalThis);

const SHORT = {
  headersTimeout: 200,
  handshakeTimeout: 200,
  requestTimeout: 400,
  connectionsCheckingInterval: 50,
};

/** A connection that is written to by hand. */
class Raw {
  received = "";
  isClosed = false;
  readonly #socket: Socket;

  constructor(port: number, head: string) {
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.on("data", (chunk) => void (this.received += chunk));
    this.#socket.on("error", () => {});
    for (const event of ["end", "close"]) this.#socket.on(event, () => void (this.isClosed = true));
    this.write(head);
  }

  write(text: string): void {
    if (text !== "" && this.#socket.writable) this.#socket.write(text);
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

async function serving(
  api: EvaluationApi | Relay,
  check: (port: number) => Promise<void>,
): Promise<void> {
  const server = await serve(api);
  try {
    await check(Number(new URL(server.url).port));
  } finally {
    await server.close();
  }
}

const post = (length: number, key = SDK_KEY): string =>
  `POST /v1/sdk/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${key}\r\n` +
  `Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

describe("a connection to serve()", () => {
  // Bun has a time limit of its own, 12 s; Deno has none, and docs/relay.md puts a proxy in front.
  const cases = IS_NODE
    ? [
      ["nothing is sent", "", ""],
      ["headers are incomplete", "GET /health HTTP/1.1\r\nHost: localhost\r\nX: ", ""],
      ["headers drip", "GET /health HTTP/1.1\r\nHost: localhost\r\nX: ", "a"],
    ] as const
    : [];
  for (const [name, head, drip] of cases) {
    it(`ends when ${name} (contract §9)`, async () => {
      const options = { port: 0, hostname: "127.0.0.1", fetch: createApi().fetch };
      const listener = await listenOnNode(options, SHORT);
      const connection = new Raw(listener.port, head);
      const dripping = setInterval(() => connection.write(drip), 50);
      await until(() => connection.isClosed);
      clearInterval(dripping);
      expect(connection.received).not.toContain(" 200 ");
      await listener.close();
    });
  }

  it.each([["stops", ""], ["drips", " "]])(
    "gets 408 when a body %s, 30 s after it began, and others are served (contract §9)",
    async (_, drip) => {
      const scheduler = new ManualScheduler();
      await serving(createApi({ scheduler }), async (port) => {
        const slow = new Raw(port, `${post(1_000)}{`);
        await until(() => scheduler.armed > 0);
        for (let seconds = 0; seconds < BODY_TIMEOUT_MS / 1_000 - 1; seconds++) {
          await scheduler.advance(1_000);
          slow.write(drip);
        }
        expect(slow.received).toBe("");
        expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
        await scheduler.advance(1_000);
        await until(() => slow.received.includes("\r\n\r\n"));
        expect(slow.received).toMatch(/^HTTP\/1.1 408 /);
        expect(slow.received.toLowerCase()).toContain("connection: close");
        // Deno keeps it open, whatever the response says (docs/relay.md).
        if (!IS_DENO) await until(() => slow.isClosed);
        slow.destroy();
      });
    },
  );

  it("is told that a relay has no room for its events before it sends them (contract §9)", async () => {
    const { relay } = await RelayFixture.started({ maxWaitingEvents: 1 });
    const events = JSON.stringify({ events: [{ type: "Custom", flagKey: "a" }] });
    await serving(relay, async (port) => {
      /** The status that comes for a head and `body`. */
      const statusOf = async (key: string, length: number, body = ""): Promise<string> => {
        const connection = new Raw(port, post(length, key) + body);
        await until(() => connection.received.includes("\r\n\r\n"));
        connection.destroy();
        return connection.received.slice("HTTP/1.1 ".length).slice(0, 3);
      };
      // A ten-thousandth of 8 MiB for one event of 10,000.
      expect(await statusOf("relay-web", 840)).toBe("413");
      expect(await statusOf("relay-web", events.length, events)).toBe("202");
      expect(await statusOf("relay-web", events.length)).toBe("503");
      expect(await statusOf("relay-jobs", events.length, events)).toBe("202");
    });
  });

  it("gets 421 for a host that is not served; the log names it and the option, once (contract §9)", async () => {
    const logger = createRecordingLogger();
    await serving(createApi({ logger }), async (port) => {
      const ask = async (host: string): Promise<string> => {
        const connection = new Raw(
          port,
          `GET /health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
        );
        await until(() => connection.isClosed);
        return connection.received;
      };
      for (let times = 0; times < 2; times++) expect(await ask("api")).toMatch(/^HTTP\/1.1 421 /);
      expect(await ask("localhost")).toMatch(/^HTTP\/1.1 200 /);
      const [line, ...others] = logger.lines;
      expect(line).toMatch(/^warn: Request refused: host "api" is not served\..*option 'hosts'/);
      expect(others).toEqual([]);
    });
  });

  it("opens no stream with HEAD (contract §9)", async () => {
    const api = createApi();
    await serving(api, async (port) => {
      const response = await fetch(`http://127.0.0.1:${port}/v1/sdk/stream`, {
        method: "HEAD",
        headers: { authorization: SDK_KEY },
      });
      expect([response.status, await response.text()]).toEqual([200, ""]);
      expect(response.headers.get("content-type")).toBe("text/event-stream");
      expect(api.openStreams).toBe(0);
    });
  });

  it("is encrypted with cert and key, streams included (contract §9)", async () => {
    const folder = mkdtempSync(join(tmpdir(), "featureflip-tls-"));
    const name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"];
    const files = ["-keyout", "key.pem", "-out", "cert.pem", "-days", "2"];
    const args = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...files, ...name];
    execFileSync("openssl", args, { cwd: folder, stdio: "ignore", env: { ...process.env } });
    const [cert, key] = ["cert.pem", "key.pem"].map((file) => readFileSync(join(folder, file), "utf8"));
    rmSync(folder, { recursive: true });
    const api = createApi();
    const server = await serve(api, { cert: cert!, key: key! });
    expect(server.url).toMatch(/^https:\/\/127\.0\.0\.1:/);
    const outgoing = request(`${server.url}/v1/sdk/stream`, {
      ca: cert!,
      headers: { authorization: SDK_KEY },
    });
    outgoing.end();
    const [incoming] = await once(outgoing, "response");
    expect(incoming.statusCode).toBe(200);
    const [first] = await once(incoming, "data");
    expect(String(first)).toMatch(/^event: sync\n/);
    expect(api.openStreams).toBe(1);
    incoming.on("error", () => {});
    outgoing.on("error", () => {});
    outgoing.destroy();
    await until(() => api.openStreams === 0);
    await server.close();
    if (!IS_NODE) return;
    const tls = { cert: cert!, key: key! };
    const listener = await listenOnNode({ port: 0, hostname: "127.0.0.1", fetch: api.fetch, tls }, SHORT);
    const silent = new Raw(listener.port, "");
    await until(() => silent.isClosed);
    await listener.close();
  });
});
