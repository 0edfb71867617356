import type { Flag } from "../contract/flag.ts";
import type { Segment } from "../contract/snapshot.ts";

/** A fetch that is in flight, of a snapshot or of one or two flags, and what the stream sends meanwhile. */
export class FetchRound {
  /** When it began, as a number of `PendingChanges.tick()`. */
  readonly began: number;
  /** How many of the waiting callers it answers: the first ones. */
  readonly waiterCount: number;
  /** Whether it brought something older than what was announced. */
  isStale = false;
  /** Writes the result to the shared store; callers of `refresh()` wait for it. */
  storeWrite: Promise<void> | undefined;
  /** Flags that the stream sent meanwhile; `null` for a deletion. */
  readonly #arrivals = new Map<string, Flag | null>();
  /** Segments that the stream sent meanwhile. */
  readonly #segments = new Map<string, Segment>();

  /** Creates the record of a fetch that begins now. */
  constructor(began: number, waiterCount: number) {
    this.began = began;
    this.waiterCount = waiterCount;
  }

  /** Whether the stream sent anything meanwhile. */
  get hasArrivals(): boolean {
    return this.#arrivals.size > 0 || this.#segments.size > 0;
  }

  /** The keys of the flags that the stream sent meanwhile. */
  get arrivedKeys(): string[] {
    return [...this.#arrivals.keys()];
  }

  /** The stream sent a flag, or (`null`) its deletion. */
  arrive(key: string, flag: Flag | null): void {
    this.#arrivals.set(key, flag);
  }

  /** The stream sent a segment. */
  arriveSegment(segment: Segment): void {
    this.#segments.set(segment.key, segment);
  }

  /** Whether the stream sent this flag meanwhile. */
  hasArrived(key: string): boolean {
    return this.#arrivals.has(key);
  }

  /**
   * Decides between a fetched flag and what the stream sent of it meanwhile. The answer may have been made before or
   * after the stream's event, and versions help only where they differ. In doubt the stream is right: it announces every
   * change in its turn, so a later one is still to come (contract §4, order).
   *
   * @returns The flag to store; `undefined` when there is none.
   */
  reconcile(key: string, fetched: Flag | undefined): Flag | undefined {
    const arrived = this.#arrivals.get(key);
    if (arrived === undefined) return fetched;
    if (arrived === null) return undefined;
    return fetched !== undefined && fetched.version > arrived.version ? fetched : arrived;
  }

  /** Decides in the same way between fetched segments and those that the stream sent meanwhile. */
  reconcileSegments(fetched: readonly Segment[]): readonly Segment[] {
    if (this.#segments.size === 0) return fetched;
    const byKey = new Map(fetched.map((segment) => [segment.key, segment]));
    for (const [key, arrived] of this.#segments) {
      if ((byKey.get(key)?.version ?? -1) <= arrived.version) byKey.set(key, arrived);
    }
    return [...byKey.values()];
  }
}
