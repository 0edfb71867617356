/** Turns of the event loop without any activity before traffic counts as settled: for promises, not for the network. */
const QUIET_TURNS = 3;
/** How long traffic may take to settle, in ms of real time. Only a bug takes that long. */
const PATIENCE_MS = 60_000;

/**
 * One request as both ends see it. What is on its way between them is known exactly, so that a busy machine, which takes
 * its time to deliver, changes nothing.
 */
export class Delivery {
  /** Bytes of the response's body that the server has sent, and that the client has read. */
  sent = 0;
  received = 0;
  /** Whether the server has accepted the request, and whether its connection is closed there. */
  isAccepted = false;
  isClosed = false;
  /** Whether the server has sent the end of the body. */
  isEnded = false;
  /** The client: waits for headers, waits for bytes, works on what it has read, or is through with the response. */
  client: "requested" | "reading" | "working" | "done" = "requested";

  /** Whether nothing is on its way. Until its headers are here, a request is counted by {@linkcode Traffic.fetch}. */
  get isSettled(): boolean {
    if (this.client === "requested") return true;
    if (this.client === "done") return this.isClosed || !this.isAccepted;
    return this.client === "reading" && this.received === this.sent && !this.isEnded && !this.isClosed;
  }
}

/** The traffic between clients and a server of this process on real sockets: a manual clock waits until it has settled. */
export class Traffic {
  #stirs = 0;
  #underWay = 0;
  #requests = 0;
  readonly #deliveries = new Map<string, Delivery>();

  /** Something has happened. */
  stir(): void {
    this.#stirs++;
  }

  /** Something is under way until the returned function is called. */
  begin(): () => void {
    this.#add(1);
    return once(() => this.#add(-1));
  }

  /** Of what is under way, one waits for the test until the returned function is called. */
  hold(): () => void {
    this.#add(-1);
    return once(() => this.#add(1));
  }

  /** The delivery that a request belongs to, by its header {@linkcode DELIVERY_HEADER}. */
  deliveryOf(id: string | undefined): Delivery {
    return this.#deliveries.get(id ?? "") ?? new Delivery();
  }

  /** A `fetch` whose traffic is counted. */
  readonly fetch: typeof fetch = async (input, init) => {
    const id = String(++this.#requests);
    const delivery = new Delivery();
    this.#deliveries.set(id, delivery);
    const done = (): void => {
      delivery.client = "done";
      this.stir();
    };
    init?.signal?.addEventListener("abort", done);
    const end = this.begin();
    try {
      const headers = { ...init?.headers as Record<string, string>, [DELIVERY_HEADER]: id };
      const response = await globalThis.fetch(input, { ...init, headers });
      if (delivery.client === "requested") delivery.client = "working";
      if (response.body === null) done();
      const { status, ok, type } = response;
      const body = response.body && this.#countBody(response.body, delivery, done);
      return { status, ok, type, headers: response.headers, body } as unknown as Response;
    } catch (error) {
      done();
      throw error;
    } finally {
      end();
    }
  };

  /** Resolves when nothing is under way. */
  readonly rest = async (): Promise<void> => {
    const deadline = performance.now() + PATIENCE_MS;
    for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
      const before = this.#stirs;
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#isUnderWay() || this.#stirs !== before) quiet = -1;
      if (performance.now() > deadline) throw new Error(this.#describe());
    }
  };

  #isUnderWay(): boolean {
    for (const [id, delivery] of this.#deliveries) {
      if (!delivery.isSettled) return true;
      if (delivery.client === "done") this.#deliveries.delete(id);
    }
    return this.#underWay !== 0;
  }

  #describe(): string {
    const unsettled = [...this.#deliveries.values()].filter(({ isSettled }) => !isSettled);
    return `${this.#underWay} exchanges do not settle; deliveries: ${JSON.stringify(unsettled)}`;
  }

  #add(number: number): void {
    this.#underWay += number;
    this.stir();
  }

  /** The body, and a record in `delivery` of what the client reads of it. */
  #countBody(body: ReadableStream<Uint8Array>, delivery: Delivery, done: () => void): unknown {
    const read = async (reader: ReadableStreamDefaultReader<Uint8Array>) => {
      if (delivery.client === "working") delivery.client = "reading";
      try {
        const result = await reader.read();
        if (result.done) done();
        else delivery.received += result.value.byteLength;
        return result;
      } catch (error) {
        done();
        throw error;
      } finally {
        if (delivery.client === "reading") delivery.client = "working";
        this.stir();
      }
    };
    return {
      get locked() {
        return body.locked;
      },
      cancel: () => {
        done();
        return body.cancel();
      },
      getReader() {
        const reader = body.getReader();
        return {
          read: () => read(reader),
          cancel: () => {
            done();
            return reader.cancel();
          },
        };
      },
    };
  }
}

/** Names the {@linkcode Delivery} of a request. */
export const DELIVERY_HEADER = "x-delivery";

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}
