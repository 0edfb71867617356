import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { HttpClient, HttpClientOptions } from "../../../src/http/http-client.ts";
import { RequestError } from "../../../src/errors/request-error.ts";
import { detectRuntime } from "../../../src/runtime/detect-runtime.ts";
import { lastingPort } from "../../support/lasting-port.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import { httpAnswer, ServiceSocket, STREAM_HEAD } from "../../support/service-socket.ts";
import { createTestHttpClient, SDK_KEY } from "../../support/source-context.ts";
import { until } from "../../support/until.ts";

const JSON_TYPE = { "Content-Type": "application/json" };

async function withServer(
  answer: (socket: Socket, head: string) => void,
  run: (http: HttpClient, server: ServiceSocket) => Promise<void>,
  options: Partial<HttpClientOptions> = {},
): Promise<void> {
  const server = await ServiceSocket.start({ answer: ({ socket, head }) => answer(socket, head) });
  const runtime = detectRuntime();
  const http = createTestHttpClient({
    baseUrl: server.baseUrl,
    scheduler: runtime.scheduler,
    logger: createRecordingLogger(),
    fetch: undefined,
    runtime,
    ...options,
  });
  try {
    await run(http, server);
  } finally {
    http.close();
    await server.refuse();
  }
}

async function failureOf(call: Promise<unknown>): Promise<RequestError> {
  const error = await call.then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(RequestError);
  expect(String(error)).not.toContain(SDK_KEY);
  return error as RequestError;
}

describe("HttpClient on a real socket (contract §1)", () => {
  it("sends the key in its header only, and asks for nothing compressed on the stream", async () => {
    await withServer((socket, head) => {
      if (head.includes("/stream")) socket.write(`${STREAM_HEAD}: hi\n\n`);
      else socket.end(httpAnswer(200, JSON_TYPE, "{}"));
    }, async (http, { heads }) => {
      await http.getSnapshot();
      (await http.openStream()).close();
      for (const head of heads) {
        expect(head).toMatch(new RegExp(`^authorization: ${SDK_KEY}\\r?$`, "im"));
        expect(head.split(SDK_KEY)).toHaveLength(2);
        expect(head).toMatch(/^user-agent: featureflip-sdk\/1\.2\.3 \((node|bun|deno)\//im);
      }
      expect(heads[1]).toMatch(/^accept-encoding: identity\r?$/im);
    });
  });

  it("takes the key to no other host", async () => {
    await withServer((socket) => socket.end(httpAnswer(200, JSON_TYPE, "{}")), async (_, other) => {
      for (const status of [301, 302, 303, 307, 308]) {
        const answer = httpAnswer(status, { Location: `${other.baseUrl}/v1/sdk/flags` }, "");
        await withServer((socket) => socket.end(answer), async (http) => {
          expect((await failureOf(http.getSnapshot())).message).toContain("redirect");
          expect((await failureOf(http.openStream())).message).toContain("redirect");
          expect((await failureOf(http.postEvents("{}"))).message).toContain("redirect");
        });
      }
      expect(other.heads).toEqual([]);
    });
  });

  it("understands a compressed snapshot", async () => {
    const body = gzipSync(`{"flags":[]}`);
    const head =
      `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
    await withServer((socket) => {
      socket.write(head);
      socket.end(body);
    }, async (http) => {
      expect((await http.getSnapshot()).json).toEqual({ flags: [] });
    });
  });

  it("notices a body that is shorter than announced", async () => {
    const answer = httpAnswer(200, { ...JSON_TYPE, "Content-Length": "500" }, `{"flags":[`);
    await withServer((socket) => socket.end(answer), async (http) => {
      const { message, status } = await failureOf(http.getSnapshot());
      expect(message).toMatch(/failed while its body was read|not JSON|flags failed/);
      expect(status).toBeUndefined();
    });
  });

  it("notices a connection that is reset in mid-answer", async () => {
    const answer = httpAnswer(200, { ...JSON_TYPE, "Content-Length": "500" }, `{"flags":[`);
    await withServer((socket) => socket.write(answer, () => socket.resetAndDestroy()), async (http) => {
      await failureOf(http.getSnapshot());
    });
  });

  it("gives up on headers that never come, and closes the socket", async () => {
    await withServer(() => {}, async (http, server) => {
      expect((await failureOf(http.openStream())).message).toContain("(connectTimeout)");
      await until(() => server.openConnections === 0);
    }, { connectTimeout: 80 });
  });

  it("gives up on a body that never ends, and closes the socket", async () => {
    await withServer((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n");
      const drip = setInterval(() => socket.write(" "), 10);
      socket.on("close", () => clearInterval(drip));
    }, async (http, server) => {
      expect((await failureOf(http.getSnapshot())).message).toContain("(readTimeout)");
      await until(() => server.openConnections === 0);
    }, { readTimeout: 120 });
  });

  it("reports a refused connection", async () => {
    const baseUrl = `http://127.0.0.1:${await lastingPort()}`;
    await withServer(() => {}, async (http) => {
      expect((await failureOf(http.getSnapshot())).message).toMatch(/flags failed \(.+\): check the network/);
    }, { baseUrl });
  });

  it("leaves no socket open after close()", async () => {
    await withServer((socket) => void socket.write(`${STREAM_HEAD}: hi\n\n`), async (http, server) => {
      await http.openStream();
      const { body } = await http.openStream();
      const reader = body.getReader();
      await reader.read();
      expect(server.openConnections).toBe(2);
      http.close();
      await until(() => server.openConnections === 0);
      await reader.cancel().catch(() => {});
    });
  });
});
