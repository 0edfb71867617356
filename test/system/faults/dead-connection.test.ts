import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createSecureServer } from "node:http2";
import { connect, createServer as createTcpServer } from "node:net";
import type { AddressInfo, Server as TcpServer, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ChildProcesses, HOSTS } from "../../support/child-processes.ts";
import type { Host } from "../../support/child-processes.ts";
import { wireFlag, wireSnapshot } from "../../support/wire.ts";

const SCRIPT = "test/system/faults/children/outlive-connection.ts";

/** In `Host` and the certificate: Deno does not know an address as a name. */
const HOST = "localhost";

/** A service behind a hop that can lose every open connection without a word, as a NAT or a failover does. */
class SilentHop {
  readonly requests: string[] = [];
  readonly events: string[] = [];
  #enabled = false;
  readonly #sockets = new Set<Socket>();
  readonly #silenced = new WeakSet<Socket>();
  readonly #servers: (Server | TcpServer)[] = [];
  #protocol = "http";

  static async start(folder: string, isSecure: boolean): Promise<SilentHop> {
    const hop = new SilentHop();
    const answer = (request: IncomingMessage, response: ServerResponse): void =>
      hop.#answer(request, response);
    const [key, cert] = ["leaf.key", "leaf.crt"].map((name) =>
      isSecure ? readFileSync(join(folder, name)) : ""
    );
    hop.#protocol = isSecure ? "https" : "http";
    const api = isSecure
      // Speaks HTTP/2 with whoever can.
      ? createSecureServer({ key: key!, cert: cert!, allowHTTP1: true }, answer as never) as unknown as Server
      : createServer(answer);
    const proxy = createTcpServer((socket) => hop.#pass(socket, api));
    const control = createServer((_request, response) => {
      hop.#silence();
      response.end();
    });
    hop.#servers.push(proxy, control, api);
    for (const server of hop.#servers) {
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    }
    return hop;
  }

  /** What the child process is given. */
  get argument(): string {
    const [proxy, control] = this.#servers.map((server) => (server.address() as AddressInfo).port);
    return JSON.stringify({
      origin: `${this.#protocol}://${HOST}:${proxy}`,
      control: `http://127.0.0.1:${control}`,
    });
  }

  stop(): void {
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** From now on nothing passes on the connections that are open, in either direction; the flag is switched on. */
  #silence(): void {
    for (const socket of this.#sockets) this.#silenced.add(socket);
    this.#enabled = true;
  }

  #pass(from: Socket, api: Server): void {
    const to = connect((api.address() as AddressInfo).port, "127.0.0.1");
    for (const [one, other] of [[from, to], [to, from]] as const) {
      this.#sockets.add(one);
      one.on("error", () => {});
      one.on("data", (bytes) => {
        if (!this.#silenced.has(one)) other.write(bytes);
      });
      one.on("close", () => {
        this.#sockets.delete(one);
        if (!this.#silenced.has(one)) other.destroy();
      });
    }
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { url = "" } = request;
    this.requests.push(url);
    const snapshot = JSON.stringify(wireSnapshot([wireFlag("dark-mode", { enabled: this.#enabled })]));
    if (url.endsWith("/events")) {
      let body = "";
      request.on("data", (chunk) => body += chunk).on("end", () => {
        for (const { flagKey } of JSON.parse(body).events) this.events.push(flagKey);
        response.writeHead(202).end();
      });
    } else if (url.endsWith("/stream")) {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`event: sync\ndata: ${snapshot}\n\n`);
    } else {
      response.writeHead(200, { "content-type": "application/json" }).end(snapshot);
    }
  }
}

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "featureflip-tls-"));
  const openssl = (...args: string[]): void =>
    void execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
  const key = ["-newkey", "rsa:2048", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...key,
    "-keyout",
    "ca.key",
    "-out",
    "ca.crt",
    "-days",
    "2",
    "-subj",
    "/CN=test CA",
  );
  openssl("req", ...key, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=test");
  writeFileSync(join(folder, "names"), `subjectAltName=DNS:${HOST}`);
  const ca = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"];
  openssl("x509", "-req", "-in", "leaf.csr", ...ca, "-out", "leaf.crt", "-days", "2", "-extfile", "names");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(["http", "https"])("a connection over %s that dies without a word", (protocol) => {
  it("is left on Node, Bun and Deno: updates and events flow again (contract §1, §4)", async () => {
    await Promise.all(HOSTS.map((host) => outlive(host, protocol === "https")));
  });
});

async function outlive(host: Host, isSecure: boolean): Promise<void> {
  const hop = await SilentHop.start(folder, isSecure);
  const ca = join(folder, "ca.crt");
  const env = { NODE_EXTRA_CA_CERTS: ca, DENO_CERT: ca };
  const children = await ChildProcesses.of([SCRIPT], () => hop.argument, env);
  try {
    const { result } = await children.run(host, SCRIPT);
    expect(result, host).toMatchObject({ before: false, after: true, waiting: 0 });
    expect(hop.events, host).toContain("before");
    expect(new Set(hop.events.filter((name) => name.startsWith("after"))).size, host).toBeGreaterThan(0);
  } finally {
    hop.stop();
    await children.remove();
  }
}
