/** What a host gives to every case. */
export interface Host {
  /** URL of a real server on this machine's loopback, see origin.ts. */
  readonly origin: string;
}

/** One check of the runtime suite: web APIs only, so that every host can run it. */
export interface Case {
  readonly name: string;
  /** Throws, or rejects, when the check does not hold. */
  run(host: Host): void | Promise<void>;
}
