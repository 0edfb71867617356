import { once } from "node:events";
import { Server } from "node:http";
import { connect } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { listenOnNode } from "../../../../src/server/hosts/node.ts";
import { respond } from "../../../../src/server/http/body.ts";
import type { StreamSink } from "../../../../src/server/http/body.ts";
import { until } from "../../../support/until.ts";

type Handler = (request: Request) => Promise<Response> | Response;

async function listening(
  handler: Handler,
  check: (origin: string, port: number) => Promise<void>,
): Promise<void> {
  const fetch = async (request: Request): Promise<Response> => await handler(request);
  const listener = await listenOnNode({ port: 0, hostname: "127.0.0.1", fetch });
  try {
    await check(`http://127.0.0.1:${listener.port}`, listener.port);
  } finally {
    await listener.close();
  }
}

/** Sends bytes, and returns everything that is answered until the connection ends. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.on("data", (chunk) => void (answer += chunk));
  socket.on("error", () => {});
  socket.write(text);
  await once(socket, "close");
  return answer;
}

describe("listenOnNode()", () => {
  it("lets a fleet that connects at once wait to be accepted", async () => {
    const listen = vi.spyOn(Server.prototype, "listen");
    try {
      await listening(() => new Response(), async () => {});
      expect(listen).toHaveBeenCalledWith(expect.objectContaining({ backlog: 4_096 }));
    } finally {
      listen.mockRestore();
    }
  });

  it("serves a free port, and close() ends open connections too", async () => {
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode("first")),
    });
    const listener = await listenOnNode({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => Promise.resolve(new Response(body)),
    });
    const response = await fetch(`http://127.0.0.1:${listener.port}/`);
    const reader = response.body!.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("first");
    const ended = reader.read().then(({ done }) => done, () => true);
    await listener.close();
    expect(await ended).toBe(true);
    await expect(fetch(`http://127.0.0.1:${listener.port}/`)).rejects.toThrow();
  });

  it("passes the address of the caller on", async () => {
    const listener = await listenOnNode({
      port: 0,
      hostname: "127.0.0.1",
      fetch: (_request, host) => Promise.resolve(Response.json(host)),
    });
    const response = await fetch(`http://127.0.0.1:${listener.port}/`);
    expect(await response.json()).toEqual({ address: "127.0.0.1" });
    await listener.close();
  });

  it("passes method, path, headers and body on, and status, headers and body back", async () => {
    await listening(async (request) => {
      const { pathname, search } = new URL(request.url);
      const text = `${request.method} ${pathname}${search} ${request.headers.get("x-a")} ${await request
        .text()}`;
      const headers = new Headers({ "x-b": "2" });
      headers.append("set-cookie", "c=1");
      headers.append("set-cookie", "d=2");
      return new Response(text, { status: 418, headers });
    }, async (origin) => {
      const large = "x".repeat(300_000);
      const init = { method: "PUT", headers: { "x-a": "1" }, body: large };
      const response = await fetch(`${origin}/a%2Fb?q=1`, init);
      expect(response.status).toBe(418);
      expect(response.headers.get("x-b")).toBe("2");
      expect(response.headers.getSetCookie()).toEqual(["c=1", "d=2"]);
      expect(await response.text()).toBe(`PUT /a%2Fb?q=1 1 ${large}`);
    });
  });

  it("answers 400 to what the web's types cannot express, and 500 when the handler fails", async () => {
    await listening(() => {
      throw new Error("secret");
    }, async (origin, port) => {
      const response = await fetch(origin);
      expect(response.status).toBe(500);
      expect(await response.text()).not.toContain("secret");
      const answer = await raw(port, "TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      // Bun can express it, and so the handler is asked.
      expect(answer).toMatch("Bun" in globalThis ? /^HTTP\/1.1 500 / : /^HTTP\/1.1 400 /);
    });
  });

  it("takes the host from the Host header alone, and the path from a whole URL", async () => {
    await listening((request) => new Response(request.url), async (_, port) => {
      const ask = async (target: string, host: string): Promise<string | undefined> =>
        (await raw(port, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).split(
          "\r\n",
        ).find(
          (line) => line.startsWith("http://"),
        );
      expect(await ask("/a", "relay:80")).toBe("http://relay/a");
      expect(await ask("http://evil.example/a?b", "relay")).toBe("http://relay/a?b");
      expect(await ask("//evil.example/a", "relay")).toBe("http://relay//evil.example/a");
      expect(await ask("/a", "evil@relay")).toBe("http://localhost/a");
    });
  });

  it("ends the connection after an answer that did not wait for the body, and the answer arrives", async () => {
    await listening(
      (request) => {
        void request.body?.cancel();
        return new Response("too long", { status: 413 });
      },
      async (_, port) => {
        const head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n";
        const answer = await raw(port, head + "x".repeat(100_000));
        expect(answer).toMatch(/^HTTP\/1.1 413 [^]*connection: close[^]*too long/i);
      },
    );
  });

  it("writes shared bytes with their length, and none to HEAD", async () => {
    const bytes = new TextEncoder().encode("shared");
    await listening(() => respond(bytes, { etag: '"1"' }), async (origin) => {
      const response = await fetch(origin);
      expect(response.headers.get("content-length")).toBe("6");
      expect(await response.text()).toBe("shared");
      const head = await fetch(origin, { method: "HEAD" });
      expect([head.headers.get("etag"), await head.text()]).toEqual(['"1"', ""]);
    });
  });

  it("connects an open stream, cancels it when its connection is lost, and cuts it off without a word", async () => {
    const sinks: StreamSink[] = [];
    let cancelled = 0;
    await listening(() =>
      respond({
        connect(sink) {
          sinks.push(sink);
          sink.write(new TextEncoder().encode("first"));
        },
        drained() {},
        cancel: () => void cancelled++,
      }, { "content-type": "text/event-stream" }), async (origin) => {
      const one = (await fetch(origin)).body!.getReader();
      expect(new TextDecoder().decode((await one.read()).value)).toBe("first");
      await one.cancel();
      await until(() => cancelled === 1);

      const other = (await fetch(origin)).body!.getReader();
      await other.read();
      sinks[1]!.destroy();
      await expect(other.read()).rejects.toThrow();
      await until(() => cancelled === 2);

      const last = (await fetch(origin)).body!.getReader();
      await last.read();
      sinks[2]!.end();
      expect((await last.read()).done).toBe(true);
    });
  });
});
