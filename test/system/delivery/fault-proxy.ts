import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { SdkEvent } from "../../../src/contract/wire.ts";

/** What happens to one request for `/events`. */
export type Fault =
  /** The connection breaks before the API has seen anything. */
  | "reset"
  /** The API takes the events, and the connection breaks before the client hears of it. */
  | "lost answer"
  /** The API takes the events, and the client waits in vain. */
  | "no answer"
  /** The API sees nothing, and the client is answered like this. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> };

/** Stands between a client and an API, on sockets of its own, and does to requests for `/events` what it is told. */
export class FaultProxy {
  /** What happens to the next requests; nothing by default. */
  fault: Fault | undefined;
  /** The bodies of all requests for `/events` that the API has taken, as they came off the wire. */
  readonly taken: string[] = [];
  /** The events of those requests whose answers the client never saw. */
  readonly unanswered: SdkEvent[] = [];
  /** What has happened to requests so far: `"503"`, `"reset"` and so on. */
  readonly met: Set<string> = new Set();
  /** What `GET /v1/sdk/flags` answers instead of what the API serves. */
  snapshot: unknown;
  /** How many requests for `/events` there were, how many of them are open now, and the most there ever were. */
  requests = 0;
  open = 0;
  mostOpen = 0;
  /** How many of the open ones will never be answered. */
  held = 0;
  readonly #target: string;
  readonly #server: Server;

  private constructor(target: string) {
    this.#target = target;
    this.#server = createServer((request, response) => {
      // What breaks on the way to the API breaks on the way to the client.
      this.#handle(request, response).catch(() => response.socket?.destroy());
    });
  }

  /** Starts a proxy before the API at `target`, on a free port of the loopback. */
  static async start(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /** What a client takes as its `baseUrl`. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Ends it, and breaks every connection. */
  async stop(): Promise<void> {
    const stopped = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await stopped;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isEvents = request.url === "/v1/sdk/events";
    const { fault } = this;
    if (isEvents) {
      this.requests++;
      this.mostOpen = Math.max(this.mostOpen, ++this.open);
      response.once("close", () => this.open--);
      if (fault !== undefined) this.met.add(typeof fault === "string" ? fault : String(fault.status));
      if (fault === "reset") return void response.socket?.destroy();
    }
    if (this.snapshot !== undefined && request.url === "/v1/sdk/flags") {
      return void response.end(JSON.stringify(this.snapshot));
    }
    const body = await readText(request);
    if (isEvents && typeof fault === "object") {
      return void response.writeHead(fault.status, fault.headers).end("{}");
    }
    const { status, headers, text } = await this.#forward(request, body);
    if (isEvents && status === 202) {
      this.taken.push(body);
      if (fault !== undefined) this.unanswered.push(...(JSON.parse(body) as { events: SdkEvent[] }).events);
      if (fault === "lost answer") return void response.socket?.destroy();
      if (fault === "no answer") return this.#hold(response);
    }
    response.writeHead(status, headers).end(text);
  }

  #hold(response: ServerResponse): void {
    this.held++;
    response.once("close", () => this.held--);
  }

  async #forward({ method = "GET", url = "/", headers }: IncomingMessage, body: string) {
    const { authorization = "", "content-type": type = "application/json" } = headers;
    const response = await fetch(this.#target + url, {
      method,
      headers: { authorization, "content-type": type },
      ...(method === "POST" && { body }),
    });
    const contentType = response.headers.get("content-type");
    return {
      status: response.status,
      headers: contentType === null ? {} : { "content-type": contentType },
      text: await response.text(),
    };
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return await new Blob(chunks as BlobPart[]).text();
}
