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

/** Connections that one HTTP client shares with no other code. */
export interface OwnConnections {
  /** What `fetch` receives with every request to use them. */
  readonly init: RequestInit;
  /** Closes them, those in use included. */
  close(): void;
}

/**
 * Opens connections that no other code uses, without HTTP/2, or returns `undefined` where `fetch` needs none.
 *
 * With HTTP/2 all requests to a host share one connection: aborting a request does not leave a dead one, and releasing the
 * stream's socket would release everybody's (contract §1).
 */
export type OpenConnections = () => OwnConnections | undefined;

/** Creates {@linkcode OpenConnections} for Deno, whose `fetch` speaks HTTP/2 over TLS. */
export function createDenoConnections({ Deno }: HostGlobals): OpenConnections {
  return () => {
    try {
      const client = Deno?.createHttpClient?.({ http2: false });
      return client && { init: { client } as RequestInit, close: () => client.close() };
    } catch {
      // A Deno that does not offer it to this program: requests use the runtime's own connections.
      return undefined;
    }
  };
}

/** A dispatcher of undici, as far as it is used here. */
interface Dispatcher {
  readonly constructor: new (options: object) => Dispatcher;
  destroy?(): Promise<void>;
}

/** Where Node's `fetch` finds its dispatcher: the current place, and the one of earlier versions. */
const GLOBAL_DISPATCHERS = [Symbol.for("undici.globalDispatcher.2"), Symbol.for("undici.globalDispatcher.1")];

/** Appears in the stack of an error that Node's own undici throws, and in the source of Node's own `fetch`. */
const BUILT_IN = "internal/deps/undici";

/**
 * Creates {@linkcode OpenConnections} for Node. Its `fetch` speaks HTTP/2 over TLS from Node 26 on. The proxies of
 * `NODE_USE_ENV_PROXY` and `--use-env-proxy` are used too. A dispatcher that the application has set is not replaced: then
 * the application has to exclude HTTP/2.
 */
export function createNodeConnections(globals: HostGlobals): OpenConnections {
  return () => {
    try {
      const { fetch, Headers, process } = globals as HostGlobals & {
        readonly fetch?: unknown;
        readonly Headers?: unknown;
      };
      if (!String(fetch).includes(BUILT_IN) || Headers === undefined) return undefined; // reading Headers loads undici
      const findDispatchers = () =>
        GLOBAL_DISPATCHERS.map((symbol) => Reflect.get(globals, symbol) as Dispatcher | undefined)
          .filter((dispatcher) => dispatcher !== undefined);
      const dispatchers = findDispatchers();
      const [current] = dispatchers;
      const { env, execArgv } = process ?? {};
      const setting = `${env?.NODE_USE_ENV_PROXY} ${env?.NODE_OPTIONS} ${execArgv}`;
      // Another one of the kind that Node sets for the variable or the option reads the same proxies.
      const known = ["Agent", /^1 |--use-env-proxy/.test(setting) && "EnvHttpProxyAgent"];
      if (!current || !known.includes(current.constructor.name) || !dispatchers.every(isBuiltIn)) {
        return undefined;
      }
      const agent = new current.constructor({ allowH2: false });
      return {
        // An application may set its dispatcher after the client has started: modules are loaded before `main()` runs.
        get init() {
          return (findDispatchers()[0] === current ? { dispatcher: agent } : {}) as RequestInit;
        },
        close: () => void agent.destroy?.().catch(() => {}),
      };
    } catch {
      return undefined;
    }
  };
}

/** Whether a dispatcher is of the undici in Node. One from a package throws the same error from another place. */
function isBuiltIn({ constructor: Dispatcher }: Dispatcher): boolean {
  try {
    new Dispatcher({ factory: "not a function" });
    return false;
  } catch (error) {
    const [, thrownAt = ""] = /\n\s*at ([^\n]*)/.exec(String((error as Error).stack)) ?? [];
    return thrownAt.includes(BUILT_IN);
  }
}
