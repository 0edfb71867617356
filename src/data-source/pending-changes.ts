import type { Flag } from "../contract/flag.ts";

/** A flag that has to be fetched. */
interface PendingFlag {
  /** The version that was announced. */
  readonly version: number;
  /** When it was announced, as a number of {@linkcode PendingChanges.tick}. */
  readonly since: number;
}

/**
 * The changes that were announced and have not been fetched yet (contract §4: an update is never lost because its fetch
 * failed). A fetch settles only what was announced before it began, so everything is numbered in its order.
 */
export class PendingChanges {
  #tick = 0;
  readonly #flags = new Map<string, PendingFlag>();
  /** Since when everything has to be fetched; 0 while it has not. */
  #allSince = 0;

  /** Whether nothing has to be fetched. */
  get isEmpty(): boolean {
    return this.#flags.size === 0 && this.#allSince === 0;
  }

  /** Whether the whole snapshot has to be fetched. */
  get includesAll(): boolean {
    return this.#allSince > 0;
  }

  /** The keys of the flags that have to be fetched. */
  get keys(): string[] {
    return [...this.#flags.keys()];
  }

  /** Returns the number of this moment, which is higher than every one before it. */
  tick(): number {
    return ++this.#tick;
  }

  /** A flag has changed: the highest announced version counts. */
  addFlag(key: string, version: number): void {
    const highest = Math.max(version, this.#flags.get(key)?.version ?? 0);
    this.#flags.set(key, { version: highest, since: this.tick() });
  }

  /** Everything has to be fetched. */
  addAll(): void {
    this.#allSince = this.tick();
  }

  /** The stream has sent this flag, or its deletion: nothing is left to fetch of it. */
  deleteFlag(key: string): void {
    this.#flags.delete(key);
  }

  /** A `sync` covers all changes. */
  clear(): void {
    this.#flags.clear();
    this.#allSince = 0;
  }

  /** A snapshot has arrived, by a fetch that began at this moment. */
  settleAll(began: number): void {
    if (this.#allSince < began) this.#allSince = 0;
  }

  /**
   * A flag has arrived, or its absence, by a fetch that began at this moment.
   *
   * @param acceptsStale Whether an answer older than what was announced is the last word.
   * @returns `false` when the answer is older, and the flag has to be fetched again.
   */
  settleFlag(key: string, began: number, fetched: Flag | undefined, acceptsStale: boolean): boolean {
    const pending = this.#flags.get(key);
    if (pending === undefined || pending.since >= began) return true;
    if (fetched !== undefined && fetched.version < pending.version && !acceptsStale) return false;
    this.#flags.delete(key);
    return true;
  }
}
