/** Gives a lock back; harmless when it has expired. */
export type ReleaseLock = () => Promise<void>;

/**
 * Where processes and isolates share one snapshot (contract §8): any place that keeps one text under one name. The text is
 * the client's own affair; a store passes it on as it is.
 *
 * Without `set` a store is only read. With `tryLock` one process at a time asks the service; without it each does so when
 * the store has nothing newer than 5 minutes. A method that throws, or takes longer than a second (`set`: ten), is passed by.
 */
export interface SharedStore {
  /** Reads the text; `null` when there is none. */
  get(): Promise<string | null>;
  /** Replaces the text. */
  set?(text: string): Promise<void>;
  /**
   * Takes the lock that keeps others from refreshing, for `ttl` ms at most. `null` when somebody else has it. Two that get
   * it in a rare race cost a request, and nothing else.
   */
  tryLock?(ttl: number): Promise<ReleaseLock | null>;
  /** Calls `onChange` after each `set`, by whomever, until what is returned is called. Servers only: it may hold a connection. */
  watch?(onChange: () => void): () => void;
}
