import type { Flag } from "../contract/flag.ts";
import type { Segment } from "../contract/snapshot.ts";
import type { PendingChanges } from "./pending-changes.ts";

/** A fetch that is in flight, of a snapshot or of one or two flags, and what the stream sends meanwhile. */
export class FetchRound {
  /**
   * The changes that it has to bring: all that were announced before it began, but for those that have arrived or were
   * announced again since.
   */
  readonly announced: PendingChanges;
  /** How many of the waiting callers of `poll()` it answers, the first ones, and of `refresh()`. */
  readonly pollCount: number;
  readonly refreshCount: number;
  /** Writes the result to the shared store; callers of `refresh()` wait for it. */
  storeWrite: Promise<void> | undefined;
  readonly #acceptsStale: boolean;
  /** Flags that the stream sent meanwhile; `null` for a deletion. */
  readonly #flags = new Map<string, Flag | null>();
  /** Segments that the stream sent meanwhile. */
  readonly #segments = new Map<string, Segment>();

  /**
   * Creates the record of a fetch that begins now.
   *
   * @param acceptsStale Whether an answer older than what was announced is the last word.
   */
  constructor(announced: PendingChanges, pollCount: number, refreshCount: number, acceptsStale: boolean) {
    this.announced = announced;
    this.pollCount = pollCount;
    this.refreshCount = refreshCount;
    this.#acceptsStale = acceptsStale;
  }

  /** Whether the stream sent anything meanwhile. */
  get hasArrivals(): boolean {
    return this.#flags.size + this.#segments.size > 0;
  }

  /** Whether the stream sent this flag meanwhile. */
  hasArrived(key: string): boolean {
    return this.#flags.has(key);
  }

  /** The stream sent a flag, or (`null`) its deletion. */
  arrive(key: string, flag: Flag | null): void {
    this.#flags.set(key, flag);
  }

  /** The stream sent a segment. */
  arriveSegment(segment: Segment): void {
    this.#segments.set(segment.key, segment);
  }

  /**
   * Settles a flag that was fetched by itself.
   *
   * @returns Whether it is newer than what the stream sent of it meanwhile.
   */
  settle(key: string, fetched: Flag | undefined): boolean {
    this.#settle(this.announced.flags, key, fetched?.version ?? Infinity);
    return isNewer(fetched, this.#flags.get(key));
  }

  /** Settles a snapshot's flags: one that is missing was deleted since it was announced. Returns those to store. */
  settleFlags(fetched: readonly Flag[]): readonly Flag[] {
    return this.#settleAll(fetched, this.announced.flags, this.#flags, Infinity);
  }

  /**
   * Settles a snapshot's segments. No event deletes a segment, so one that is missing is older than its announcement.
   * Returns those to store.
   */
  settleSegments(fetched: readonly Segment[]): readonly Segment[] {
    return this.#settleAll(fetched, this.announced.segments, this.#segments, -1);
  }

  #settleAll<T extends Flag | Segment>(
    fetched: readonly T[],
    announced: Map<string, number>,
    arrivals: ReadonlyMap<string, T | null>,
    missing: number,
  ): readonly T[] {
    if (announced.size + arrivals.size === 0) return fetched;
    const byKey = new Map(fetched.map((item) => [item.key, item]));
    for (const key of announced.keys()) this.#settle(announced, key, byKey.get(key)?.version ?? missing);
    for (const [key, arrived] of arrivals) {
      if (arrived === null) byKey.delete(key);
      else if (!isNewer(byKey.get(key), arrived)) byKey.set(key, arrived);
    }
    return [...byKey.values()];
  }

  #settle(announced: Map<string, number>, key: string, version: number): void {
    if (this.#acceptsStale || version >= announced.get(key)!) announced.delete(key);
  }
}

/**
 * Decides between a fetched flag or segment and what the stream sent of it meanwhile. The answer may have been made before
 * or after the stream's event, and versions help only where they differ. In doubt the stream is right: it announces every
 * change in its turn, so a later one is still to come (contract §4, order).
 */
function isNewer(fetched: Flag | Segment | undefined, arrived: Flag | Segment | null | undefined): boolean {
  if (arrived === undefined) return true;
  return arrived !== null && fetched !== undefined && fetched.version > arrived.version;
}
