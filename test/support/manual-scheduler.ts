import type { AfterOptions, CancelTimer, Scheduler } from "../../src/runtime/scheduler.ts";

interface Timer {
  readonly due: number;
  readonly callback: () => void;
  readonly keepAlive: boolean;
}

/** How a {@linkcode ManualScheduler} lets time pass. */
export interface ManualSchedulerOptions {
  /** What has to come to rest before time moves on; promises by default. */
  readonly settle?: () => Promise<void>;
  /** Timers that fall due within so many ms of each other fire without a rest in between; 0 by default. */
  readonly grain?: number;
}

/**
 * A clock that stands still until a test moves it. Wall clock and timers are two things, as they are on a machine
 * that sleeps: {@linkcode advance} moves both, {@linkcode jump} the wall clock alone.
 */
export class ManualScheduler implements Scheduler {
  #wall = Date.UTC(2026, 0, 1);
  #elapsed = 0;
  #seed: number;
  readonly #timers = new Set<Timer>();
  readonly #settle: () => Promise<void>;
  readonly #grain: number;

  /** Calls its work at once; a test may replace it. */
  detach: (work: () => void) => void = (work) => work();

  /** Makes a clock; `seed` decides the random numbers that it draws. */
  constructor(seed = 1, options: ManualSchedulerOptions = {}) {
    this.#seed = seed;
    this.#settle = options.settle ?? settle;
    this.#grain = options.grain ?? 0;
  }

  /** How many timers are armed. */
  get armed(): number {
    return this.#timers.size;
  }

  /** How many of them would keep the process alive. */
  get keepingAlive(): number {
    return [...this.#timers].filter((timer) => timer.keepAlive).length;
  }

  /** Time since the start, jumps left out, in ms. */
  get elapsed(): number {
    return this.#elapsed;
  }

  now(): number {
    return this.#wall;
  }

  random(): number {
    // mulberry32
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  after(delay: number, callback: () => void, { keepAlive = false }: AfterOptions = {}): CancelTimer {
    const timer = { due: this.#elapsed + Math.max(0, delay), callback, keepAlive };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Forgets the timers, as when the request that set them is cancelled. */
  dropTimers(): void {
    this.#timers.clear();
  }

  /** Lets time pass, fires what falls due in order, and lets things settle before and after each. */
  async advance(ms: number): Promise<void> {
    await this.#run(this.#elapsed + ms, () => false);
  }

  /** Lets time pass until something is so, at most `most` ms; returns how long it took. */
  async advanceUntil(isSo: () => boolean, most: number): Promise<number> {
    const start = this.#elapsed;
    if (!await this.#run(start + most, isSo)) throw new Error(`Still not so after ${most} ms: ${isSo}`);
    return this.#elapsed - start;
  }

  /** Moves the wall clock alone: what a machine that slept, or whose clock was set, sees on waking. */
  jump(ms: number): void {
    this.#wall += ms;
  }

  async #run(end: number, isSo: () => boolean): Promise<boolean> {
    await this.#settle();
    while (!isSo()) {
      const due = this.#fireNext(end);
      if (due === undefined) {
        this.#moveTo(end);
        return false;
      }
      while (this.#grain > 0 && this.#fireNext(Math.min(end, due + this.#grain)) !== undefined);
      await this.#settle();
    }
    return true;
  }

  /** Fires the timer that falls due next, unless that is after `end`; returns when that was. */
  #fireNext(end: number): number | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.due <= end && (next === undefined || timer.due < next.due)) next = timer;
    }
    if (next === undefined) return undefined;
    this.#moveTo(Math.max(next.due, this.#elapsed));
    this.#timers.delete(next);
    next.callback();
    return next.due;
  }

  #moveTo(elapsed: number): void {
    this.#wall += elapsed - this.#elapsed;
    this.#elapsed = elapsed;
  }
}

/** Lets every promise that can settle without time passing do so, those of an in-memory stream included. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 60; turn++) await null;
}
