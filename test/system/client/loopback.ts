import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { WireSnapshot } from "../../support/wire.ts";

/** Answers one request; `undefined` leaves it to the loopback, which does what the service does. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * The Evaluation API on a real socket of this machine. `GET /open` tells how many streams are open, and `GET /change`
 * switches every flag off.
 */
export class Loopback {
  snapshot: WireSnapshot;
  /** Answers instead, as long as it is set. */
  answer: Answer | undefined;
  /** Every request but `GET /open`: `"GET /v1/sdk/flags"`. */
  readonly requests: string[] = [];
  /** How many analytics events have been received. */
  events = 0;
  readonly #streams = new Set<ServerResponse>();
  readonly #server: Server;

  private constructor(snapshot: WireSnapshot) {
    this.snapshot = snapshot;
    this.#server = createServer((request, response) => this.#handle(request, response));
  }

  /** Starts one; on a free port by default. */
  static async start(snapshot: WireSnapshot, port = 0): Promise<Loopback> {
    const loopback = new Loopback(snapshot);
    await new Promise<void>((resolve) => loopback.#server.listen(port, "127.0.0.1", resolve));
    return loopback;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Stops it, and breaks every connection. */
  async stop(): Promise<void> {
    const stopped = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await stopped;
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    if (request.url === "/open") return void response.end(String(this.#streams.size));
    if (request.url === "/change") return void response.end(this.#change());
    this.requests.push(`${request.method} ${request.url}`);
    if (this.answer !== undefined) return this.answer(request, response);
    switch (request.url) {
      case "/v1/sdk/flags":
        response.setHeader("content-type", "application/json");
        return void response.end(JSON.stringify(this.snapshot));
      case "/v1/sdk/stream":
        this.#streams.add(response);
        response.on("close", () => this.#streams.delete(response));
        response.setHeader("content-type", "text/event-stream");
        return void response.write(`event: sync\ndata: ${JSON.stringify(this.snapshot)}\n\n`);
      case "/v1/sdk/events":
        return void this.#receive(request, response);
    }
    response.writeHead(404).end();
  }

  #change(): void {
    const flags = this.snapshot.flags.map((flag) => ({ ...flag, enabled: false, version: 2 }));
    for (const flag of flags) {
      for (const stream of this.#streams) {
        stream.write(`event: flag.updated\ndata: ${JSON.stringify(flag)}\n\n`);
      }
    }
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += chunk;
    this.events += (JSON.parse(body) as { events: unknown[] }).events.length;
    response.writeHead(202).end();
  }
}
