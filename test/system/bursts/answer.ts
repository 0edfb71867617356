/**
 * How much slower time runs for the Worker than for its host: its deadlines are for requests to a platform that has a core
 * for each of its isolates, and two hundred at once on a busy machine would miss them for want of nothing but that.
 */
export const PACE = 4;

/** What the Worker answers. */
export interface Answer {
  /** The flag's version; 0, the default, without flags. */
  readonly version: number;
  /** Why there were no flags; empty when there were. */
  readonly failure: string;
  /** `client.status`. */
  readonly state: string;
  readonly age: number;
}

/** Where the Worker runs. */
export interface Platform {
  readonly hasWeakRef: boolean;
  readonly forbidsWork: boolean;
}
