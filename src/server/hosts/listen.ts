/** What a host listens with. */
export interface ListenOptions {
  readonly port: number;
  readonly hostname: string;
  readonly fetch: (request: Request) => Promise<Response>;
}

/** A host's server. */
export interface Listener {
  readonly port: number;
  /** Drops every connection and frees the port. */
  close(): Promise<void>;
}
