/** A body that its maker feeds by hand. It settles within microtasks, so a manual clock can drive it. */
export class FakeBody {
  readonly #chunks: Uint8Array[] = [];
  /** How many of them have been read: shifting a long list takes its time. */
  #read = 0;
  readonly #encoder = new TextEncoder();
  #waiting:
    | { resolve(result: { done: boolean; value?: Uint8Array }): void; reject(reason: unknown): void }
    | undefined;
  #ended = false;
  #broken: unknown;
  locked = false;
  /** Whether its reader has let go of it. */
  cancelled = false;

  /** Makes a body; with `text`, a whole one. */
  constructor(text?: string) {
    if (text === undefined) return;
    this.write(text);
    this.end();
  }

  write(text: string | Uint8Array): void {
    if (this.#ended) return;
    const chunk = typeof text === "string" ? this.#encoder.encode(text) : text;
    const waiting = this.#take();
    if (waiting === undefined) this.#chunks.push(chunk);
    else waiting.resolve({ done: false, value: chunk });
  }

  end(): void {
    this.#ended = true;
    if (this.#read === this.#chunks.length) this.#take()?.resolve({ done: true });
  }

  break(reason: unknown = new TypeError("terminated")): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#broken = reason;
    this.#take()?.reject(reason);
  }

  cancel(): Promise<void> {
    this.cancelled = true;
    this.#chunks.length = this.#read = 0;
    this.end();
    return Promise.resolve();
  }

  getReader(): { read(): Promise<unknown>; cancel(): Promise<void> } {
    this.locked = true;
    return {
      read: () =>
        new Promise((resolve, reject) => {
          const value = this.#chunks[this.#read];
          if (value !== undefined) resolve({ done: false, value: this.#chunks[this.#read++] });
          else if (this.#broken !== undefined) reject(this.#broken);
          else if (this.#ended) resolve({ done: true });
          else this.#waiting = { resolve, reject };
        }),
      cancel: () => this.cancel(),
    };
  }

  #take() {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    return waiting;
  }
}

/** Makes what `fetch` resolves to, without the runtime's own streams, which take their time. */
export function fakeResponse(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: FakeBody | string | null,
): Response {
  const held = typeof body === "string" ? new FakeBody(body) : body;
  const response: Pick<Response, "status" | "ok" | "type" | "headers"> & { readonly body: unknown } = {
    status,
    ok: status >= 200 && status < 300,
    type: "default",
    headers: new Headers(headers),
    body: held,
  };
  return response as Response;
}
