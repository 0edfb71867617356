import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

/** How a connection breaks. */
export type Break = "reset" | "end" | "half-open";

/** Stands between clients and an API, byte by byte, and breaks connections. */
export class BreakingProxy {
  /** Whether new connections are reset at once. */
  refusing = false;
  readonly #target: URL;
  readonly #server: Server;
  /** The connections that are whole, with what leads on to the API. */
  readonly #connections = new Map<Socket, Socket>();
  readonly #sockets = new Set<Socket>();

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Starts a proxy before the API at `target`, on a free port of the loopback. */
  static async start(target: string): Promise<BreakingProxy> {
    const proxy = new BreakingProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /** What a client takes as its `baseUrl`. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Breaks one of the connections that are whole, the one at `share` of them; tells whether there was one. */
  break(how: Break, share: number): boolean {
    const whole = [...this.#connections];
    const [socket, onward] = whole[Math.floor(share * whole.length)] ?? [];
    if (socket === undefined || onward === undefined) return false;
    this.#connections.delete(socket);
    socket.unpipe(onward);
    onward.unpipe(socket);
    onward.destroy();
    if (how === "reset") socket.resetAndDestroy();
    else if (how === "end") socket.end();
    else socket.resume(); // its end must be noticed, or it would stay forever
    return true;
  }

  /** Ends it, and breaks every connection. */
  async stop(): Promise<void> {
    const stopped = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await stopped;
  }

  #accept(socket: Socket): void {
    if (this.refusing) return void socket.resetAndDestroy();
    const onward = connect(Number(this.#target.port), this.#target.hostname);
    this.#connections.set(socket, onward);
    for (const [one, other] of [[socket, onward], [onward, socket]] as const) {
      this.#sockets.add(one);
      one.setNoDelay(true);
      one.on("error", () => {});
      one.on("close", () => {
        this.#sockets.delete(one);
        if (this.#connections.delete(socket)) other.destroy();
      });
    }
    socket.pipe(onward);
    onward.pipe(socket);
  }
}
