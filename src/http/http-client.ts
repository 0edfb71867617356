// Interface: the http owner completes this file (createHttpClient below it).

/** What a `GET` for configuration came back with. */
export interface ConfigurationAnswer {
  /** The body's JSON; `undefined` when nothing changed (304). */
  readonly json: unknown;
  /** The answer's `ETag`, if any. */
  readonly etag: string | undefined;
}

/** An open event stream. */
export interface StreamConnection {
  readonly body: ReadableStream<Uint8Array>;
  /** Ends the connection; safe to call twice and at any moment. */
  close(): void;
}

/** The one caller of `fetch` (contract §1). Every method rejects with an `HttpError` and with nothing else. */
export interface HttpClient {
  /** `GET /v1/sdk/flags`; with `etag`, only if it changed. */
  getSnapshot(options?: { readonly etag?: string | undefined }): Promise<ConfigurationAnswer>;
  /** `GET /v1/sdk/flags/{key}`. */
  getFlag(key: string): Promise<ConfigurationAnswer>;
  /** `GET /v1/sdk/stream`: settles when the headers have arrived. */
  openStream(): Promise<StreamConnection>;
  /** `POST /v1/sdk/events` with a body that is already JSON; `timeout` bounds the whole call (ms). */
  postEvents(body: string, options?: { readonly timeout?: number }): Promise<void>;
  /** Aborts every call under way and refuses new ones. */
  close(): void;
}
