import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { DELIVERY_HEADER, Traffic } from "./traffic.ts";
import type { Delivery } from "./traffic.ts";

/** Makes of one event's text what goes over the wire, in as many writes as there are pieces. */
export type Spoil = (event: string) => Iterable<string | Uint8Array>;

/** Deals with one request. */
export type Answer = (exchange: Exchange) => unknown;

/** The service behind the socket: the `fetch` of a `Service` or of an `EvaluationApi`. */
export type Backend = (url: string, init: RequestInit) => Response | Promise<Response>;

/** What a {@linkcode ServiceSocket} starts from. */
export interface SocketOptions {
  /** Serves what is passed on; without it, {@linkcode ServiceSocket.answer} must answer everything. */
  readonly backend?: Backend;
  /** Counts what is under way. */
  readonly traffic?: Traffic;
  /** A free port by default; one that is to be listened on again must come from `lastingPort()`. */
  readonly port?: number;
  /** Deals with each request; passes it on to the backend by default. */
  readonly answer?: Answer;
  /** Whether a connection stays open after an answer with a length, as at the real service; traffic can't be counted then. */
  readonly keepAlive?: boolean;
}

const encoder = new TextEncoder();

/** The service on a real socket of this machine, whose answers a test can replace, spoil and withhold in every way. */
export class ServiceSocket {
  /** Deals with each request. */
  answer: Answer;
  /** The heads of the requests that came in. */
  readonly heads: string[] = [];
  readonly #backend: Backend;
  readonly #traffic: Traffic;
  readonly #keepAlive: boolean;
  readonly #sockets = new Set<Socket>();
  readonly #exchanges = new Set<Exchange>();
  #port: number;
  #server: Server | undefined;

  private constructor(options: SocketOptions) {
    const { backend = refuse, traffic = new Traffic(), port = 0, answer = pass, keepAlive = false } = options;
    this.#backend = backend;
    this.#traffic = traffic;
    this.#port = port;
    this.#keepAlive = keepAlive;
    this.answer = answer;
  }

  /** Listens on the loopback. */
  static async start(options: SocketOptions = {}): Promise<ServiceSocket> {
    const socket = new ServiceSocket(options);
    await socket.listen();
    return socket;
  }

  /** The URL without a trailing slash. */
  get baseUrl(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  /** Every request in short: `"GET /v1/sdk/flags"`. */
  get calls(): string[] {
    return this.heads.map((head) => head.slice(0, head.indexOf(" HTTP/")));
  }

  /** The connections that carry an event stream. */
  get streams(): Exchange[] {
    return [...this.#exchanges].filter((exchange) => exchange.isStream);
  }

  /** How many connections are open that have carried a request; Node opens a spare one after an abort. */
  get openConnections(): number {
    return new Set([...this.#exchanges].map(({ socket }) => socket)).size;
  }

  /** Listens again, on the same port. */
  async listen(): Promise<void> {
    const server = this.#server = createServer((socket) => this.#accept(socket));
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Breaks every connection and refuses new ones. */
  async refuse(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.setMaxListeners(0); // each exchange of a connection waits for its end
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#traffic.stir();
      this.#sockets.delete(socket);
    });
    let received = "";
    socket.on("data", (chunk) => {
      this.#traffic.stir();
      received += chunk.toString("latin1");
      const end = received.indexOf("\r\n\r\n") + 4;
      if (end < 4) return;
      const head = received.slice(0, end);
      const length = Number(headersOf(head)["content-length"] ?? 0);
      if (received.length < end + length) return;
      const body = Uint8Array.from(received.slice(end), (character) => character.charCodeAt(0));
      received = "";
      const exchange = new Exchange(socket, head, body, {
        backend: this.#backend,
        traffic: this.#traffic,
        keepAlive: this.#keepAlive,
      });
      this.heads.push(head);
      this.#exchanges.add(exchange);
      socket.on("close", () => this.#exchanges.delete(exchange));
      void this.answer(exchange);
    });
  }
}

/** One request and its connection. */
export class Exchange {
  /** The request's first line and headers, as they came off the wire. */
  readonly head: string;
  /** The request's headers, with their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly method: string;
  readonly path: string;
  readonly isStream: boolean;
  /** The request's body, as it came off the wire. */
  readonly body: string;
  /** The connection, for answers that are not HTTP. */
  readonly socket: Socket;
  readonly #backend: Backend;
  readonly #traffic: Traffic;
  readonly #keepAlive: boolean;
  readonly #isIdle: () => void;
  readonly #delivery: Delivery;
  readonly #onEnd: (() => void)[] = [];
  #isMute = false;

  constructor(
    socket: Socket,
    head: string,
    body: Uint8Array,
    { backend, traffic, keepAlive }: Required<Pick<SocketOptions, "backend" | "traffic" | "keepAlive">>,
  ) {
    [this.method, this.path] = head.split(" ", 2) as [string, string];
    this.isStream = this.path.endsWith("/stream");
    this.head = head;
    this.body = new TextDecoder().decode(body);
    this.socket = socket;
    this.#backend = backend;
    this.headers = headersOf(head);
    this.#traffic = traffic;
    this.#keepAlive = keepAlive;
    this.#isIdle = traffic.begin();
    this.#delivery = traffic.deliveryOf(this.headers[DELIVERY_HEADER]);
    this.#delivery.isAccepted = true;
    socket.on("close", () => {
      this.#delivery.isClosed = true;
      this.#isIdle();
      traffic.stir();
      this.#end();
    });
  }

  /** Calls `listener` once the exchange has been answered, or its connection has closed. */
  onEnd(listener: () => void): void {
    this.#onEnd.push(listener);
  }

  get isOpen(): boolean {
    return !this.socket.destroyed;
  }

  /** Answers as the backend does, but for what `spoil` makes of a stream's events. Resolves to the status. */
  async pass(spoil: Spoil = (event) => [event]): Promise<number> {
    const response = await this.#ask();
    if (this.isStream && response.ok) await this.#relay(response.body!, spoil);
    else this.#respond(await toBytes(response));
    return response.status;
  }

  /** Has the backend answer now, and sends that when what is returned is called: it may be out of date by then. */
  async passLate(): Promise<() => void> {
    const bytes = await toBytes(await this.#ask());
    const goOn = this.hold();
    return () => {
      goOn();
      this.#respond(bytes);
    };
  }

  /** Answers with a whole body. */
  reply(status: number, headers: Readonly<Record<string, string>>, body: string): void {
    this.#respond(httpAnswer(status, headers, body));
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
    this.socket.resetAndDestroy();
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
    this.socket.on("close", goOn);
    return goOn;
  }

  /** Sends a whole answer. */
  #respond(bytes: string): void {
    if (!this.#keepAlive) return this.#finish(bytes);
    this.socket.write(bytes.replace("connection: close", "connection: keep-alive"));
    this.#end();
  }

  #finish(text: string): void {
    this.#delivery.isEnded = true;
    this.socket.end(text);
    this.#end();
  }

  #end(): void {
    for (const listener of this.#onEnd.splice(0)) listener();
  }

  async #ask(): Promise<Response> {
    const closed = new AbortController();
    this.socket.on("close", () => closed.abort());
    return await this.#backend(`http://127.0.0.1${this.path}`, {
      method: this.method,
      headers: this.headers,
      signal: closed.signal,
      ...(this.method !== "GET" && { body: this.body }),
    });
  }

  async #relay(body: ReadableStream<Uint8Array>, spoil: Spoil): Promise<void> {
    const reader = body.getReader();
    this.socket.on("close", () => reader.cancel().catch(() => {}));
    await this.openStream();
    // The backend may send several events in one piece, and one event in several.
    const decoder = new TextDecoder();
    let unfinished = "";
    let endPart = (): void => {};
    for (;;) {
      const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }));
      endPart();
      if (done) return this.end();
      const events = (unfinished + decoder.decode(value, { stream: true })).split("\n\n");
      unfinished = events.pop()!;
      for (const event of events) await this.write(...spoil(`${event}\n\n`));
      endPart = unfinished === "" ? () => {} : this.#traffic.begin();
    }
  }

  async #send(...parts: readonly (string | Uint8Array)[]): Promise<void> {
    if (this.#isMute) return;
    this.socket.cork();
    for (const part of parts) this.socket.write(part);
    this.socket.uncork();
    // Once it has left, and what was sent has had a chance to be read apart from what follows.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** Answers as the backend does. */
function pass(exchange: Exchange): Promise<number> {
  return exchange.pass();
}

function refuse(): never {
  throw new Error("There is no backend to pass a request on to");
}

async function toBytes(response: Response): Promise<string> {
  return httpAnswer(response.status, Object.fromEntries(response.headers), await textOf(response.body));
}

/** The whole body, of a real response or of a fake one. */
async function textOf(body: Response["body"]): Promise<string> {
  const reader = body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done = true, value } = await reader?.read() ?? {};
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
  }
}

/** A whole answer with a length, as bytes of HTTP/1.1. */
export function httpAnswer(status: number, headers: Readonly<Record<string, string>>, body: string): string {
  const length = { "content-length": String(encoder.encode(body).length) };
  return head(status, { ...length, ...lowerCased(Object.entries(headers)) }) + body;
}

/** The head of an event stream without an end. */
export const STREAM_HEAD: string = head(200, { "content-type": "text/event-stream" });

function head(status: number, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ "connection": "close", ...headers }).map(([name, value]) =>
    `${name}: ${value}\r\n`
  );
  return `HTTP/1.1 ${status} Status\r\n${lines.join("")}\r\n`;
}

function headersOf(head: string): Record<string, string> {
  return lowerCased([...head.matchAll(/^([\w-]+): (.*)\r$/gm)].map(([, name, value]) => [name!, value!]));
}

function lowerCased(headers: readonly (readonly [name: string, value: string])[]): Record<string, string> {
  return Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
}
