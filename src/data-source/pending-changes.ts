import type { Flag } from "../contract/flag.ts";
import type { Segment } from "../contract/snapshot.ts";

/** A flag or segment that has to be fetched. */
interface PendingItem {
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
  readonly #flags = new Map<string, PendingItem>();
  readonly #segments = new Map<string, PendingItem>();
  /** Since when everything has to be fetched; 0 while it has not. */
  #allSince = 0;

  /** Whether nothing has to be fetched. */
  get isEmpty(): boolean {
    return this.#flags.size === 0 && this.#segments.size === 0 && this.#allSince === 0;
  }

  /** Whether the whole snapshot has to be fetched. */
  get includesAll(): boolean {
    return this.#allSince > 0 || this.#segments.size > 0;
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
    this.#add(this.#flags, key, version);
  }

  /** A segment has changed: only a snapshot contains it. The highest announced version counts. */
  addSegment(key: string, version: number): void {
    this.#add(this.#segments, key, version);
  }

  /** Everything has to be fetched. */
  addAll(): void {
    this.#allSince = this.tick();
  }

  /** The stream has sent this flag, or its deletion: nothing is left to fetch of it. */
  deleteFlag(key: string): void {
    this.#flags.delete(key);
  }

  /** The stream has sent this segment: nothing is left to fetch of it. */
  deleteSegment(key: string): void {
    this.#segments.delete(key);
  }

  /** A `sync` covers all changes. */
  clear(): void {
    this.#flags.clear();
    this.#segments.clear();
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
    // A missing flag was deleted since it was announced.
    const isStale = (announced: number): boolean => fetched !== undefined && fetched.version < announced;
    return settle(this.#flags, key, began, (announced) => !acceptsStale && isStale(announced));
  }

  /**
   * A snapshot's segments have arrived, by a fetch that began at this moment. Segments are never deleted by an event, so
   * one that is missing is older than its announcement.
   *
   * @param acceptsStale Whether an answer older than what was announced is the last word.
   * @returns `false` when one of them is older, and the snapshot has to be fetched again.
   */
  settleSegments(began: number, fetched: readonly Segment[], acceptsStale: boolean): boolean {
    const versions = new Map(fetched.map(({ key, version }) => [key, version]));
    let isCurrent = true;
    for (const key of [...this.#segments.keys()]) {
      const isStale = (announced: number): boolean =>
        !acceptsStale && !((versions.get(key) ?? -1) >= announced);
      if (!settle(this.#segments, key, began, isStale)) isCurrent = false;
    }
    return isCurrent;
  }

  #add(items: Map<string, PendingItem>, key: string, version: number): void {
    const highest = Math.max(version, items.get(key)?.version ?? 0);
    items.set(key, { version: highest, since: this.tick() });
  }
}

/** Settles one item, unless it was announced since, or the answer is stale. Returns `false` for a stale answer. */
function settle(
  items: Map<string, PendingItem>,
  key: string,
  began: number,
  isStale: (announced: number) => boolean,
): boolean {
  const pending = items.get(key);
  if (pending === undefined || pending.since >= began) return true;
  if (isStale(pending.version)) return false;
  items.delete(key);
  return true;
}
