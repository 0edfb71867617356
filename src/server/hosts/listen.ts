/** Options for listening on a host. */
export interface ListenOptions {
  readonly port: number;
  readonly hostname: string;
  readonly fetch: (request: Request) => Promise<Response>;
}

/** A server that listens. */
export interface Listener {
  readonly port: number;
  /** Closes every connection and the port. */
  close(): Promise<void>;
}
