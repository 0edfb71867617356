import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { BODY_TIMEOUT_MS, HEADERS_TIMEOUT_MS } from "../../contract/limits.ts";
import { bodyOf } from "../http/body.ts";
import type { OpenStream } from "../http/body.ts";
import { problem } from "../http/problem.ts";
import type { Listener, ListenOptions } from "./listen.ts";

/** Node's time limits of requests, in ms. */
type Timeouts = Readonly<
  Record<"headersTimeout" | "handshakeTimeout" | "requestTimeout" | "connectionsCheckingInterval", number>
>;

const TIMEOUTS: Timeouts = {
  headersTimeout: HEADERS_TIMEOUT_MS,
  /** Of TLS; Node's default is two minutes. */
  handshakeTimeout: HEADERS_TIMEOUT_MS,
  /** A backstop: a body's own time limit is earlier, and answers with problem details. */
  requestTimeout: HEADERS_TIMEOUT_MS + BODY_TIMEOUT_MS + 5_000,
  /** How often Node looks for requests whose time is over. */
  connectionsCheckingInterval: 2_500,
};
/** How many connections may wait to be accepted: after a restart a whole fleet connects at once. Node's own default is 511. */
const BACKLOG = 4_096;

/** How long a connection may take to deliver what was written before its end, in ms. */
const END_TIMEOUT_MS = 10_000;

/** Listens on Node. Tests shorten the time limits. */
export async function listenOnNode(
  { port, hostname, fetch, tls }: ListenOptions,
  timeouts: Timeouts = TIMEOUTS,
): Promise<Listener> {
  const origin = `${tls === undefined ? "http" : "https"}://`;
  const onRequest = (incoming: IncomingMessage, outgoing: ServerResponse): void =>
    void answer(fetch, origin, incoming, outgoing);
  const server: Server = tls === undefined
    ? createServer(timeouts, onRequest)
    : createTlsServer({ ...timeouts, ...tls }, onRequest);
  server.listen({ port, host: hostname, backlog: BACKLOG });
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  fetch: ListenOptions["fetch"],
  origin: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  // A connection that breaks is not an error of this process.
  outgoing.on("error", () => {});
  const request = toRequest(origin, incoming);
  const response = request === undefined
    ? problem(400, "The request cannot be read")
    : await fetch(request, { address: incoming.socket.remoteAddress }).catch(() =>
      problem(500, "Internal error")
    );
  const headers: Record<string, string | string[]> = Object.fromEntries(response.headers);
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) headers["set-cookie"] = cookies;
  const body = bodyOf(response);
  const isHead = incoming.method === "HEAD";
  if (body instanceof Uint8Array) headers["content-length"] = String(body.byteLength);
  // The rest of a body that was refused is not read: the connection ends.
  if (!incoming.complete) endWithResponse(incoming, outgoing, headers);
  if (!outgoing.destroyed) outgoing.writeHead(response.status, headers);
  if (isHead || response.body === null || body instanceof Uint8Array) {
    outgoing.end(isHead ? undefined : body);
  } else if (body === undefined) await writeStream(response.body, outgoing);
  else connect(body, outgoing);
}

/** Creates the request; `undefined` when the web's types cannot express it, such as method TRACE. */
function toRequest(origin: string, incoming: IncomingMessage): Request | undefined {
  const { method = "GET", headers: { host = "" }, rawHeaders, url = "/" } = incoming;
  const headers = new Headers();
  try {
    for (let index = 0; index < rawHeaders.length; index += 2) {
      headers.append(rawHeaders[index]!, rawHeaders[index + 1]!);
    }
    // A proxy may have sent the whole URL. The Host header counts, which the API checks.
    const path = url.startsWith("/") ? url : url.replace(/^https?:\/\/[^/?#]*/i, "");
    const authority = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?$/i.test(host) ? host : "localhost";
    const hasBody = method !== "GET" && method !== "HEAD";
    return new Request(`${origin}${authority}${path.startsWith("/") ? path : "/"}`, {
      method,
      headers,
      ...(hasBody && { body: toWebStream(incoming), duplex: "half" }),
    });
  } catch {
    return undefined;
  }
}

/** Node's own conversion would end the connection, and the response with it, when the body is released early. */
function toWebStream(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const stop = (): void => {
        incoming.pause();
        incoming.removeAllListeners("data");
      };
      incoming.on("data", (chunk: Uint8Array) => {
        controller.enqueue(chunk);
        incoming.pause();
      });
      incoming.once("end", () => close(controller));
      incoming.once("close", () => {
        stop();
        if (!incoming.complete) controller.error(new Error("The request was cut off"));
      });
      incoming.on("error", () => {}); // "close" follows
      incoming.pause();
    },
    pull: () => void incoming.resume(),
    cancel() {
      incoming.removeAllListeners("data").removeAllListeners("end").removeAllListeners("close");
      incoming.pause();
    },
  }, { highWaterMark: 0 });
}

function close(controller: ReadableStreamDefaultController): void {
  try {
    controller.close();
  } catch {
    // It was released meanwhile.
  }
}

function endWithResponse(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  headers: Record<string, string | string[]>,
): void {
  headers.connection = "close";
  // What still arrives is discarded for a moment: with unread bytes, the end of a connection may destroy the response.
  outgoing.once("finish", () => {
    incoming.resume();
    setTimeout(() => incoming.socket.destroy(), END_TIMEOUT_MS / 10).unref();
  });
}

/** Writes an event stream without a web stream in between, which would cost as much again (bench: fan-out). */
function connect(stream: OpenStream, outgoing: ServerResponse): void {
  outgoing.once("close", () => stream.cancel());
  outgoing.on("drain", () => stream.drained());
  stream.connect({
    pieceSize: Infinity,
    write: (bytes) => outgoing.write(bytes),
    end() {
      outgoing.end();
      outgoing.setTimeout(END_TIMEOUT_MS, () => outgoing.destroy());
    },
    destroy: () => outgoing.destroy(),
  });
  if (outgoing.destroyed) stream.cancel();
}

/** Writes any other body, at the pace of the reader. */
async function writeStream(body: ReadableStream<Uint8Array>, outgoing: ServerResponse): Promise<void> {
  const reader = body.getReader();
  outgoing.once("close", () => void reader.cancel().catch(() => {}));
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || outgoing.destroyed) break;
      if (!outgoing.write(value)) await Promise.race([once(outgoing, "drain"), once(outgoing, "close")]);
    }
    outgoing.end();
  } catch {
    // The headers are sent: only the end of the connection can tell.
    outgoing.destroy();
  }
}
