import type { HostGlobals } from "./host-globals.ts";

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
 * A `fetch` function, structurally: that of Node, Bun, Deno, Workers and undici, and a function that answers from memory with a
 * `Response` or what {@linkcode FetchResponse} lists.
 *
 * @example
 * ```ts
 * import type { Fetch } from "@featureflip/sdk";
 *
 * const answer: Fetch = (url, init) => Promise.resolve(new Response(`${init.method} ${url}`));
 * ```
 */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchResponse>;

/** A response whose body is JSON. */
export interface JsonResponse extends FetchResponse {
  /** Whether the status is one of success. */
  readonly ok: boolean;
  /** Reads the body. */
  json(): Promise<unknown>;
}

/** A {@linkcode Fetch} for responses of JSON: that of Node, Bun, Deno, Workers and undici. */
export type JsonFetch = (url: string, init: FetchInit) => Promise<JsonResponse>;

/** Undoes {@linkcode ReleaseStreams} for streams that are opened later. */
export type StopReleasing = () => void;

/** Unrefs the sockets of this package's streams that are opened from now on, so that they do not keep the process alive. */
export type ReleaseStreams = () => StopReleasing;

/** A message of undici's channel `undici:client:sendHeaders`: Node's `fetch` publishes it when a request has a socket. */
interface SentHeaders {
  readonly headers: string;
  readonly socket: { unref?(): void; readonly alpnProtocol?: string | false | null };
}

interface DiagnosticsChannel {
  subscribe(name: string, listener: (message: unknown) => void): void;
  unsubscribe(name: string, listener: (message: unknown) => void): void;
}

const CHANNEL = "undici:client:sendHeaders";

const OUR_STREAM = [/^user-agent: featureflip-sdk\//im, /^accept: text\/event-stream\r?$/im];

/**
 * Creates {@linkcode ReleaseStreams} for Node. The request's headers show that its socket carries one of our streams, and
 * nothing else, because `fetch` does not pipeline; a socket with HTTP/2 carries all requests to the host and stays as it is. `undefined` where there is no such channel.
 */
export function createReleaseStreams({ process }: HostGlobals): ReleaseStreams | undefined {
  if (process?.getBuiltinModule === undefined) return undefined;
  return () => {
    // Only when a stream opens: loading the module takes 0.5 ms of the start of a process (bench: cold start).
    const channels = process.getBuiltinModule?.("diagnostics_channel") as DiagnosticsChannel;
    channels.subscribe(CHANNEL, release);
    return () => channels.unsubscribe(CHANNEL, release);
  };
}

function release(message: unknown): void {
  const { headers, socket } = message as SentHeaders;
  if (socket.alpnProtocol !== "h2" && OUR_STREAM.every((header) => header.test(headers))) socket.unref?.();
}
