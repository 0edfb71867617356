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
