import type { Scheduler } from "../../runtime/scheduler.ts";
import { problem, Refusal, unauthorized } from "./answers.ts";
import type { ResolvedOfrepOptions } from "./options.ts";
import { digest } from "./results.ts";

/** Decides who may ask: by origin, address, key, and what the application says (contract §9). */
export class Access {
  readonly #options: ResolvedOfrepOptions;
  readonly #scheduler: Scheduler;
  readonly #limit: RateLimit;
  /** The fingerprint of each client key. Client keys are public, so looking one up need not take the same time for all. */
  #fingerprints: ReadonlyMap<string, string> | undefined;

  constructor(options: ResolvedOfrepOptions, scheduler: Scheduler) {
    this.#options = options;
    this.#scheduler = scheduler;
    this.#limit = new RateLimit(options.rateLimit);
  }

  /**
   * The origin of the page that asks: empty for the endpoint's own pages, and for callers that are no pages.
   *
   * @throws {Refusal} 403 when its pages may not ask.
   */
  originOf(request: Request, url: URL): string {
    const origin = request.headers.get("origin");
    if (origin === null) return "";
    // Behind a proxy that ends TLS the scheme of the URL is another one, so the hosts are compared.
    const host = request.headers.get("host") ?? url.host;
    if (URL.canParse(origin) && new URL(origin).host === host) return "";
    if (this.#options.allowsOrigin(origin)) return origin;
    throw new Refusal(403, problem("Pages of this origin are not allowed"));
  }

  /** The headers that let a page read the answer. */
  corsHeaders(origin: string): Record<string, string> {
    if (origin === "") return {};
    const { allowsOrigin, authorize } = this.#options;
    return {
      // Nothing but "*" allows this one.
      "access-control-allow-origin": allowsOrigin("*") ? "*" : origin,
      "access-control-expose-headers": "ETag, Retry-After",
      // Cookies decide nothing without `authorize`.
      ...(authorize !== undefined && { "access-control-allow-credentials": "true" }),
    };
  }

  /**
   * Counts a request.
   *
   * @param address What the host knows of the caller.
   * @throws {Refusal} 429 when its address has used up its minute.
   */
  checkRate(request: Request, address: string | undefined): void {
    const direct = isOwnProxy(request, address) ? undefined : address;
    const known = this.#options.address?.(request) ?? platformAddress(request) ?? direct;
    const wait = this.#limit.take(known, this.#scheduler.now());
    if (wait === 0) return;
    throw new Refusal(429, problem("Too many requests from this address"), {
      "retry-after": String(Math.ceil(wait / 1_000)),
    });
  }

  /**
   * Returns the fingerprint of the caller's key; empty where keys are not used.
   *
   * @throws {Refusal} 401 when the request may not ask.
   */
  async callerOf(request: Request): Promise<string> {
    const { clientKeys, authorize } = this.#options;
    let fingerprint: string | undefined = "";
    if (clientKeys !== undefined) {
      const sent = keysOf(request);
      if (sent.length === 0) throw unauthorized("The client key is missing");
      const known = await this.#keys(clientKeys);
      fingerprint = sent.map((key) => known.get(key)).find((found) => found !== undefined);
      if (fingerprint === undefined) throw unauthorized("The client key is unknown");
    }
    if (authorize !== undefined && await authorize(request) !== true) {
      throw unauthorized("The request is not authorized");
    }
    return fingerprint;
  }

  /** Whether a caller may still ask: its key may have been withdrawn. */
  async isCaller(fingerprint: string): Promise<boolean> {
    const { clientKeys } = this.#options;
    if (clientKeys === undefined) return fingerprint === "";
    return [...(await this.#keys(clientKeys)).values()].includes(fingerprint);
  }

  async #keys(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    // Not the promise is kept: on request-scoped runtimes requests share none (contract §6.1).
    return this.#fingerprints ??= new Map(
      await Promise.all(keys.map(async (key) => [key, await fingerprintOf(key)] as const)),
    );
  }
}

/** The length of a window, in ms. */
const WINDOW_MS = 60_000;

/** The most addresses that are counted apart. */
const MAX_ADDRESSES = 10_000;

/** How many times the limit of one address those share that are not counted apart. */
const SHARED_FACTOR = 100;

/** Counts the requests of each address in windows of a minute. */
export class RateLimit {
  readonly #limit: number;
  readonly #counts = new Map<string | undefined, number>();
  #windowStart = -Infinity;

  /** @param limit The requests of one address in a minute; 0 for no limit. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts one request. Returns 0 when it may go on, else the time until the next window, in ms. */
  take(address: string | undefined, now: number): number {
    if (this.#limit === 0) return 0;
    // The clock may be set back.
    if (now - this.#windowStart >= WINDOW_MS || now < this.#windowStart) {
      this.#counts.clear();
      this.#windowStart = now;
    }
    const isApart = address !== undefined &&
      (this.#counts.has(address) || this.#counts.size < MAX_ADDRESSES);
    const name = isApart ? address : undefined;
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    const limit = isApart ? this.#limit : this.#limit * SHARED_FACTOR;
    return count <= limit ? 0 : WINDOW_MS - (now - this.#windowStart);
  }
}

/** The keys that a request carries. Beside `X-API-Key`, `Authorization` may hold what a session or a proxy needs. */
function keysOf({ headers }: Request): readonly string[] {
  const bearer = headers.get("authorization")?.replace(/^Bearer /i, "");
  return [headers.get("x-api-key"), bearer].map((key) => key?.trim() ?? "").filter((key) => key !== "");
}

/** Loopback addresses and those of private networks. */
const PRIVATE_ADDRESS =
  /^(?:::ffff:)?(?:10|127|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01]))\.|^(?:::1$|f[cde][0-9a-f]{2}:)/i;

/** The headers that say a request came through a proxy. */
const PROXY_HEADERS = ["forwarded", "x-forwarded-for", "via"];

/**
 * Whether a request comes from a proxy in front of this server, whose address is not a caller's. Callers on the internet can
 * send these headers too, but not from a private address.
 */
function isOwnProxy({ headers }: Request, address: string | undefined): boolean {
  return address !== undefined && PRIVATE_ADDRESS.test(address) &&
    PROXY_HEADERS.some((name) => headers.has(name));
}

/**
 * The address of a caller, from what a host passes beside a request: an address as such, Deno's `info`, Bun's server, or the
 * bindings of `@hono/node-server`.
 */
export function addressOf(request: Request, host: unknown): string | undefined {
  const { address, remoteAddr, requestIP, incoming } = host as {
    readonly address?: unknown;
    readonly remoteAddr?: { readonly hostname?: unknown };
    readonly requestIP?: unknown;
    readonly incoming?: { readonly socket?: { readonly remoteAddress?: unknown } };
  };
  const found = typeof requestIP === "function"
    ? (requestIP.call(host, request) as { readonly address?: unknown } | null)?.address
    : address ?? remoteAddr?.hostname ?? incoming?.socket?.remoteAddress;
  return typeof found === "string" ? found : undefined;
}

async function fingerprintOf(key: string): Promise<string> {
  return (await digest(`fingerprint ${await digest(key)}`)).slice(0, 16);
}

/** The address that the platform puts into a header itself: Workers, Vercel. Elsewhere anybody may send these headers. */
function platformAddress({ headers }: Request): string | undefined {
  const { Deno, process, navigator } = globalThis as {
    readonly Deno?: unknown;
    readonly process?: unknown;
    readonly navigator?: { readonly userAgent?: string };
  };
  if (navigator?.userAgent === "Cloudflare-Workers") return headers.get("cf-connecting-ip") ?? undefined;
  const isVercelEdge = "EdgeRuntime" in globalThis && Deno === undefined && process === undefined;
  return isVercelEdge ? headers.get("x-real-ip") ?? undefined : undefined;
}
