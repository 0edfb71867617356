import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import type { EvaluationApi } from "../../src/server/mod.ts";
import { lastingPort } from "./lasting-port.ts";
import { DELIVERY_HEADER } from "./traffic.ts";
import type { Delivery, Traffic } from "./traffic.ts";

/** Makes of one event's text what goes over the wire, in as many writes as there are pieces. */
export type Spoil = (event: string) => Iterable<string | Uint8Array>;

/** Deals with one request. */
export type Answer = (exchange: Exchange) => unknown;

const encoder = new TextEncoder();

/** A local Evaluation API on a real socket of this machine, whose answers a test can spoil in every way. */
export class FaultApi {
  /** Deals with each request; as the API does, by default. */
  answer: Answer = pass;
  readonly #api: EvaluationApi;
  readonly #traffic: Traffic;
  readonly #sockets = new Set<Socket>();
  readonly #exchanges = new Set<Exchange>();
  readonly #port: number;
  #server: Server | undefined;

  private constructor(api: EvaluationApi, traffic: Traffic, port: number) {
    this.#api = api;
    this.#traffic = traffic;
    this.#port = port;
  }

  /** Listens on a free port of the loopback. */
  static async start(api: EvaluationApi, traffic: Traffic): Promise<FaultApi> {
    const service = new FaultApi(api, traffic, await lastingPort());
    await service.listen();
    return service;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** The connections that carry an event stream. */
  get streams(): Exchange[] {
    return [...this.#exchanges].filter((exchange) => exchange.isStream);
  }

  /** Listens again, on the same port. */
  async listen(): Promise<void> {
    const server = this.#server = createServer((socket) => this.#accept(socket));
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
  }

  /** Breaks every connection and refuses new ones. */
  async refuse(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#traffic.stir();
      this.#sockets.delete(socket);
    });
    let head = "";
    socket.on("data", (chunk) => {
      this.#traffic.stir();
      head += chunk.toString("latin1");
      if (!head.endsWith("\r\n\r\n")) return;
      const exchange = new Exchange(this.#api, socket, head, this.#traffic);
      head = "";
      this.#exchanges.add(exchange);
      socket.on("close", () => this.#exchanges.delete(exchange));
      void this.answer(exchange);
    });
  }
}

/** One request and its connection, which carries no other. */
export class Exchange {
  readonly path: string;
  readonly isStream: boolean;
  readonly #api: EvaluationApi;
  readonly #socket: Socket;
  readonly #head: string;
  readonly #traffic: Traffic;
  readonly #isIdle: () => void;
  readonly #delivery: Delivery;
  #isMute = false;

  constructor(api: EvaluationApi, socket: Socket, head: string, traffic: Traffic) {
    this.path = /^GET (\S+)/.exec(head)![1]!;
    this.isStream = this.path.endsWith("/stream");
    this.#api = api;
    this.#socket = socket;
    this.#head = head;
    this.#traffic = traffic;
    this.#isIdle = traffic.begin();
    this.#delivery = traffic.deliveryOf(headersOf(head)[DELIVERY_HEADER]);
    this.#delivery.isAccepted = true;
    socket.on("close", () => {
      this.#delivery.isClosed = true;
      this.#isIdle();
      traffic.stir();
    });
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  /** Answers as the API does, but for what `spoil` makes of a stream's events. */
  async pass(spoil: Spoil = (event) => [event]): Promise<void> {
    const response = await this.#ask();
    if (this.isStream && response.ok) await this.#relay(response.body!, spoil);
    else this.#finish(await toBytes(response));
  }

  /** Has the API answer now, and sends that when what is returned is called: it may be out of date by then. */
  async passLate(): Promise<() => void> {
    const bytes = await toBytes(await this.#ask());
    const goOn = this.hold();
    return () => {
      goOn();
      this.#finish(bytes);
    };
  }

  /** Answers with a whole body. */
  reply(status: number, headers: Readonly<Record<string, string>>, body: string): void {
    this.#finish(answer(status, headers, body));
  }

  /** Sends the headers of an event stream. */
  async openStream(): Promise<void> {
    const headers = { "content-type": "text/event-stream", "transfer-encoding": "chunked" };
    await this.#send(head(200, headers));
  }

  /** Sends pieces of a stream, each as a chunk and a packet of its own. */
  async write(...pieces: readonly (string | Uint8Array)[]): Promise<void> {
    for (const piece of pieces) {
      const bytes = typeof piece === "string" ? encoder.encode(piece) : piece;
      const end = this.#traffic.begin();
      if (!this.#isMute && this.isOpen) this.#delivery.sent += bytes.length;
      await this.#send(encoder.encode(`${bytes.length.toString(16)}\r\n`), bytes, encoder.encode("\r\n"));
      end();
    }
    this.#isIdle();
  }

  /** Ends a stream as HTTP ends it. */
  end(): void {
    this.#finish("0\r\n\r\n");
  }

  /** Ends the connection in the middle of what it carries. */
  cut(): void {
    this.#finish("");
  }

  /** Resets the connection. */
  reset(): void {
    this.#delivery.isEnded = true;
    this.#socket.resetAndDestroy();
  }

  /** Sends nothing any more, and keeps the connection. */
  mute(): void {
    this.#isMute = true;
    this.#isIdle();
  }

  /** Sends no headers until what is returned is called; the connection stays. */
  hold(): () => void {
    const goOn = this.#traffic.hold();
    this.#isIdle();
    this.#socket.on("close", goOn);
    return goOn;
  }

  #finish(text: string): void {
    this.#delivery.isEnded = true;
    this.#socket.end(text);
  }

  async #ask(): Promise<Response> {
    const headers = headersOf(this.#head);
    return await this.#api.fetch(
      new Request(`http://127.0.0.1${this.path}`, { headers }),
    );
  }

  async #relay(body: ReadableStream<Uint8Array>, spoil: Spoil): Promise<void> {
    const reader = body.getReader();
    this.#socket.on("close", () => reader.cancel().catch(() => {}));
    await this.openStream();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return this.end();
      await this.write(...spoil(new TextDecoder().decode(value)));
    }
  }

  async #send(...parts: readonly (string | Uint8Array)[]): Promise<void> {
    if (this.#isMute) return;
    this.#socket.cork();
    for (const part of parts) this.#socket.write(part);
    this.#socket.uncork();
    // Once it has left, and what was sent has had a chance to be read apart from what follows.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** Answers as the API does. */
function pass(exchange: Exchange): Promise<void> {
  return exchange.pass();
}

async function toBytes(response: Response): Promise<string> {
  return answer(response.status, Object.fromEntries(response.headers), await response.text());
}

function answer(status: number, headers: Readonly<Record<string, string>>, body: string): string {
  return head(status, { ...headers, "content-length": String(encoder.encode(body).length) }) + body;
}

function head(status: number, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ ...headers, "connection": "close" }).map(([name, value]) =>
    `${name}: ${value}\r\n`
  );
  return `HTTP/1.1 ${status} Status\r\n${lines.join("")}\r\n`;
}

function headersOf(head: string): Record<string, string> {
  const headers = [...head.matchAll(/^([\w-]+): (.*)\r$/gm)];
  return Object.fromEntries(headers.map(([, name, value]) => [name!.toLowerCase(), value!]));
}
