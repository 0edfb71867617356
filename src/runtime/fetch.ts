/** The part of a request that the client passes to `fetch`. */
export interface FetchInit {
  /** `GET` or `POST`. */
  readonly method?: string;
  /** The headers, by name. */
  readonly headers?: Record<string, string>;
  /** The body of a `POST`: JSON. */
  readonly body?: string;
  /** Ends the request. */
  readonly signal?: AbortSignal;
  /** Redirects are never followed. */
  readonly redirect?: "manual";
}

/** The part of a response that the client reads. */
export interface FetchResponse {
  /** The HTTP status. */
  readonly status: number;
  /** The headers. */
  readonly headers: { get(name: string): string | null };
  /** The body: a web stream of bytes. */
  readonly body: object | null;
}

/**
 * A `fetch` function, structurally: that of Node, Bun, Deno, Workers and undici, and a function that answers from memory. It
 * must return a standard `Response`.
 *
 * @example
 * ```ts
 * import type { Fetch } from "@featureflip/sdk";
 *
 * const answer: Fetch = (url, init) => Promise.resolve(new Response(`${init.method} ${url}`));
 * ```
 */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchResponse>;
