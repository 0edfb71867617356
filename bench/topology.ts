/**
 * Simulates how many requests a minute an SDK key needs, for processes that connect directly and for relays, through a deploy, a
 * quiet time and an outage of ten minutes. `npx tsx -C source bench/topology.ts` prints the table of docs/relay.md.
 *
 * The rules are those of the client (contract §4, §5): back-off, polling beside the stream, pauses after a 429, and events whose
 * interval grows with each 429. The service answers 1,000 requests in any minute; refused ones do not count. Nobody flips a flag
 * by its key alone, which would add a request for each connection and flip.
 */
const MINUTE = 60;
const LIMIT = 1_000;
/** Everybody starts within this time, in seconds. */
const DEPLOY = 120;
const OUTAGE = { start: 900, end: 1_500 };
const END = 3_000;

interface Fleet {
  readonly name: string;
  /** What connects to the service: processes or relays. */
  readonly heads: number;
  /** The time between two event requests, in seconds. */
  readonly flush: number;
}

/** A binary heap of what happens next. */
class Agenda {
  readonly #items: { readonly at: number; readonly run: () => void }[] = [];

  add(at: number, run: () => void): void {
    const items = this.#items;
    let index = items.push({ at, run }) - 1;
    for (let up = (index - 1) >> 1; index > 0 && items[up]!.at > at; index = up, up = (index - 1) >> 1) {
      [items[index], items[up]] = [items[up]!, items[index]!];
    }
  }

  next(): { readonly at: number; readonly run: () => void } | undefined {
    const items = this.#items;
    const [first] = items;
    const last = items.pop();
    if (first === undefined || last === undefined || items.length === 0) return first;
    items[0] = last;
    for (let index = 0;;) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < items.length && items[child]!.at < items[least]!.at) least = child;
      }
      if (least === index) return first;
      [items[index], items[least]] = [items[least]!, items[index]!];
      index = least;
    }
  }
}

class Simulation {
  readonly #agenda = new Agenda();
  readonly #random = generator(7);
  #now = 0;
  /** When the requests of the last minute were answered. */
  readonly #answered: number[] = [];
  #oldest = 0;
  /** Requests and refusals by minute. */
  readonly requests: number[] = new Array(END / MINUTE).fill(0);
  readonly refused: number[] = new Array(END / MINUTE).fill(0);
  readonly heads: Head[];
  /** How long each head waited for its first flags. */
  readonly waits: number[] = [];
  /** When the last head was current again after the outage. */
  lastBack: number = OUTAGE.end;

  constructor({ heads, flush }: Fleet) {
    this.heads = Array.from({ length: heads }, () => new Head(this, flush));
    for (const head of this.heads) {
      this.#agenda.add(this.random() * DEPLOY, () => head.start());
      this.#agenda.add(OUTAGE.start, () => head.lose());
    }
    for (let next = this.#agenda.next(); next !== undefined && next.at < END; next = this.#agenda.next()) {
      this.#now = next.at;
      next.run();
    }
  }

  get now(): number {
    return this.#now;
  }

  random(): number {
    return this.#random();
  }

  after(delay: number, run: () => void): void {
    this.#agenda.add(this.#now + delay, run);
  }

  /** Makes one request; returns its status, 0 without an answer. */
  request(): 200 | 429 | 0 {
    const minute = Math.floor(this.#now / MINUTE);
    this.requests[minute]!++;
    if (this.#now >= OUTAGE.start && this.#now < OUTAGE.end) return 0;
    while (this.#answered[this.#oldest]! <= this.#now - MINUTE) this.#oldest++;
    if (this.#answered.length - this.#oldest >= LIMIT) {
      this.refused[minute]!++;
      return 429;
    }
    this.#answered.push(this.#now);
    return 200;
  }
}

/** A process or a relay. */
class Head {
  readonly #simulation: Simulation;
  readonly #flush: number;
  #interval: number;
  #startedAt = 0;
  #failures = 0;
  #isConnected = false;
  #isPolling = false;
  #pollWait = 30;
  #hasFlags = false;
  /** Whether it has had flags since the outage. */
  #isBack = false;
  #pausedUntil = 0;

  constructor(simulation: Simulation, flush: number) {
    this.#simulation = simulation;
    this.#flush = this.#interval = flush;
  }

  start(): void {
    this.#startedAt = this.#simulation.now;
    this.#connect();
    this.#simulation.after(this.#flush * this.#simulation.random(), () => this.#sendEvents());
  }

  /** The stream ends. */
  lose(): void {
    this.#isConnected = false;
    this.#retry(0);
  }

  #connect(): void {
    if (this.#isConnected) return;
    const status = this.#request();
    if (status !== 200) return this.#retry(status);
    this.#failures = 0;
    this.#isConnected = true;
    this.#isPolling = false;
    this.#receive();
  }

  #retry(status: number): void {
    const random = (): number => this.#simulation.random();
    const wait = Math.min(30, 2 ** this.#failures++);
    const backoff = wait * (0.5 + random() / 2);
    const spaced = this.#isPolling ? MINUTE * (1 + random() / 2) : backoff;
    this.#simulation.after(Math.max(spaced, status === 429 ? this.#pause() : 0), () => this.#connect());
    if (this.#failures !== 5 || this.#isPolling) return;
    this.#isPolling = true;
    this.#pollWait = 30;
    this.#simulation.after(10 * random(), () => this.#poll());
  }

  #poll(): void {
    if (!this.#isPolling) return;
    const status = this.#request();
    if (status === 200) this.#receive();
    this.#pollWait = status === 0 ? Math.min(300, 2 * this.#pollWait) : 30;
    const wait = this.#pollWait * (0.75 + this.#simulation.random() / 2);
    this.#simulation.after(Math.max(wait, status === 429 ? this.#pause() : 0), () => this.#poll());
  }

  #sendEvents(): void {
    const status = this.#request();
    if (status === 429) this.#interval = Math.min(3_600, 2 * this.#interval);
    else if (status === 200) this.#interval = Math.max(this.#flush, this.#interval * 0.95);
    this.#simulation.after(this.#interval * (0.75 + this.#simulation.random() / 2), () => this.#sendEvents());
  }

  /** A 429 pauses all requests of the process. */
  #request(): 200 | 429 | 0 {
    if (this.#simulation.now < this.#pausedUntil) return 429;
    const status = this.#simulation.request();
    if (status === 429) this.#pausedUntil = this.#simulation.now + 30;
    return status;
  }

  #pause(): number {
    return this.#pausedUntil - this.#simulation.now + this.#simulation.random();
  }

  #receive(): void {
    const { now, waits } = this.#simulation;
    if (!this.#hasFlags) waits.push(now - this.#startedAt);
    this.#hasFlags = true;
    if (now < OUTAGE.end || this.#isBack) return;
    this.#isBack = true;
    this.#simulation.lastBack = Math.max(this.#simulation.lastBack, now);
  }
}

/** Mulberry32: the same table at each run. */
function generator(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const FLEETS: readonly Fleet[] = [
  ...[100, 300, 500, 1_000, 3_000].map((heads) => ({ name: `${heads} processes`, heads, flush: 30 })),
  { name: "1000, flushInterval 300 s", heads: 1_000, flush: 300 },
  ...[2, 12, 50, 80, 100].map((heads) => ({ name: `${heads} relays`, heads, flush: 5 })),
];

const columns: readonly string[] = [
  "steady",
  "deploy",
  "first flags",
  "outage",
  "after",
  "refused",
  "all current",
];
console.log(`${"connected to the service".padEnd(26)}${columns.map((name) => name.padStart(13)).join("")}`);
for (const fleet of FLEETS) {
  const simulation = new Simulation(fleet);
  const { requests, refused } = simulation;
  const most = (from: number, to: number): number => Math.max(...requests.slice(from / MINUTE, to / MINUTE));
  const waits = simulation.waits.sort((a, b) => a - b);
  const current = simulation.lastBack - OUTAGE.end;
  const cells = [
    Math.round(requests.slice(10, 15).reduce((sum, count) => sum + count, 0) / 5),
    most(0, 300),
    waits.length < fleet.heads ? "some never" : `${Math.round(waits[Math.floor(waits.length * 0.99)]!)} s`,
    most(OUTAGE.start, OUTAGE.end),
    most(OUTAGE.end, END),
    `${
      Math.round(
        100 * refused.reduce((sum, count) => sum + count, 0) /
          requests.reduce((sum, count) => sum + count, 0),
      )
    } %`,
    `${Math.round(current)} s`,
  ];
  console.log(`${fleet.name.padEnd(26)}${cells.map((cell) => String(cell).padStart(13)).join("")}`);
}
