/** How many looks in a row, a millisecond apart, must find nothing stirring. Bun's sockets have a thread of their own. */
const CALM_LOOKS = "Bun" in globalThis ? 10 : 5;
/** How long things may take to come to rest, in ms of real time. */
const PATIENCE_MS = 60_000;

/** What is under way between a client and a server on real sockets: a clock that is handed in waits for it to rest. */
export class Traffic {
  #stirs = 0;
  #underWay = 0;

  /** Something has moved. */
  stir(): void {
    this.#stirs++;
  }

  /** Something is under way until what is returned is called. */
  begin(): () => void {
    this.#add(1);
    return once(() => this.#add(-1));
  }

  /** Of what is under way, one will not go on until what is returned is called. */
  hold(): () => void {
    this.#add(-1);
    return once(() => this.#add(1));
  }

  /** A `fetch` that is under way until its headers are here. */
  readonly fetch: typeof fetch = async (input, init) => {
    const end = this.begin();
    try {
      return await globalThis.fetch(input, init);
    } finally {
      end();
    }
  };

  /** Resolves when nothing is under way, and has not been for some milliseconds of real time. */
  readonly rest = async (): Promise<void> => {
    const deadline = performance.now() + PATIENCE_MS;
    let seen = this.#stirs;
    for (let calm = 0; calm < CALM_LOOKS; calm++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (this.#underWay > 0 || this.#stirs !== seen) calm = -1;
      seen = this.#stirs;
      if (performance.now() > deadline) throw new Error(`${this.#underWay} exchanges do not come to an end`);
    }
  };

  #add(number: number): void {
    this.#underWay += number;
    this.stir();
  }
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}
