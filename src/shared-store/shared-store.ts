/** Releases a lock; harmless when it has expired. */
export type ReleaseLock = () => Promise<void>;

/**
 * Keeps texts under names, for processes and isolates that share one snapshot (contract §8). A store does
 * not interpret the texts, and returns them unchanged. The names contain a fingerprint of the SDK key and base URL.
 *
 * Without `set` a store is only read. With `tryLock` one process at a time asks the service; without it, readers do so when the
 * store has nothing newer than 5 minutes. A method that throws, or takes longer than a second (`set`: ten), is skipped for 5 s.
 *
 * A minor version only adds optional members.
 */
export interface SharedStore {
  /** Reads the text of a name; `null` when there is none. */
  get(name: string): Promise<string | null>;
  /** Replaces the text of a name. */
  set?(name: string, text: string): Promise<void>;
  /**
   * Takes the lock of a name, which keeps others from refreshing, for `ttl` ms at most. `null` when somebody else has it. Two
   * that get it in a rare race cost a request, and nothing else.
   */
  tryLock?(name: string, ttl: number): Promise<ReleaseLock | null>;
  /**
   * Calls `onChange` after each `set` of the name, by any process, until the returned function is called. Servers only: it may hold
   * a connection.
   */
  watch?(name: string, onChange: () => void): () => void;
}

/**
 * A {@linkcode SharedStore} with the code that a client needs to use it, so that clients without a store do not carry that
 * code. The factories of this package return one, and `sharedStore()` of `@featureflip/sdk/stores` makes one of your own store.
 */
export interface SnapshotStore extends SharedStore {
  /** Opens the store for one client. Only this package calls it. */
  readonly "~open1": unknown;
}
