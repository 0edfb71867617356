import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** A server that answers with bytes of the test's choice. */
export interface RawServer {
  readonly baseUrl: string;
  /** The heads of the requests that came in. */
  readonly requests: string[];
  /** How many connections are open that have carried a request; Node opens a spare one after an abort. */
  openConnections(): number;
  close(): Promise<void>;
}

/** Listens on a free port of the loopback, and has `answer` deal with each request. */
export async function listenRaw(answer: (socket: Socket, head: string) => void): Promise<RawServer> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const used = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("close", () => {
      sockets.delete(socket);
      used.delete(socket);
    });
    socket.on("error", () => {});
    let received = "";
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      const end = received.indexOf("\r\n\r\n");
      if (end === -1) return;
      const head = received.slice(0, end);
      received = "";
      requests.push(head);
      used.add(socket);
      answer(socket, head);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    requests,
    openConnections: () => used.size,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** A whole answer with a length, as bytes of HTTP/1.1. */
export function httpAnswer(status: string, headers: Readonly<Record<string, string>>, body: string): string {
  const length = { "Content-Length": String(new TextEncoder().encode(body).length), "Connection": "close" };
  const lines = Object.entries({ ...length, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status}\r\n${lines.join("")}\r\n${body}`;
}

/** The head of an event stream without an end. */
export const STREAM_HEAD: string =
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
