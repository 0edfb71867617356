import type { OptionRule } from "../../errors/check-option.ts";
import { checkNames, checkOption } from "../../errors/check-option.ts";
import { ConfigurationError } from "../../errors/configuration-error.ts";
import type { ContextInput, EvaluationContext } from "../../evaluation/evaluation-context.ts";

/**
 * Options of an OFREP endpoint. One of `clientKeys`, `authorize` and `public: true` decides who may ask; `flags` decides what
 * they may see.
 *
 * @example
 * ```ts
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import { createOfrepHandler } from "@featureflip/sdk/ofrep";
 * import type { OfrepOptions } from "@featureflip/sdk/ofrep";
 *
 * const options: OfrepOptions = {
 *   clientKeys: ["client-web"],
 *   flags: ["dark-mode", "banner-text"],
 *   origins: ["https://www.example.com"],
 * };
 * const handler = createOfrepHandler(FeatureflipClient.forTesting({ "dark-mode": true }), options);
 * ```
 */
export interface OfrepOptions {
  /**
   * The keys that open the endpoint, in `Authorization: Bearer` or `X-API-Key`. A client key is public: whoever has the page has
   * the key, and may ask for any context.
   */
  readonly clientKeys?: readonly string[] | undefined;
  /** Whether a request may ask, by its cookie or token for example. Beside `clientKeys`, both must agree. */
  readonly authorize?: ((request: Request) => boolean | Promise<boolean>) | undefined;
  /** `true` lets everybody ask without a key. */
  readonly public?: boolean | undefined;
  /**
   * Returns the context to evaluate with. `sent` is what the caller sent, with its targeting key as `user_id`; the result replaces
   * it. Claims that the caller must not make, such as the user id, are set here. By default `sent` is used.
   */
  readonly context?:
    | ((request: Request, sent: EvaluationContext) => ContextInput | Promise<ContextInput>)
    | undefined;
  /** The flags that can be seen: a list of keys, or a function that decides by the key. None by default. */
  readonly flags?: readonly string[] | ((key: string) => boolean) | undefined;
  /**
   * The origins of pages that may ask, such as `"https://www.example.com"`; pages of the endpoint's own origin always may. `"*"`
   * lets all pages ask, and cannot be combined with `authorize`. None by default.
   */
  readonly origins?: readonly string[] | undefined;
  /** How many requests a minute one address may send; 60 by default. `false` sets no limit. */
  readonly rateLimit?: number | false | undefined;
  /**
   * Returns the address of a request, for `rateLimit`. By default it is that of the connection, where the host passes it beside
   * the request (Node, Deno, Bun), or the header that the platform sets (Workers, Vercel). Behind a proxy, read the header that
   * it sets: requests that come through a proxy from a private address, and those without an address, share one limit, a hundred
   * times as large.
   */
  readonly address?: ((request: Request) => string | undefined) | undefined;
  /**
   * What becomes an analytics event. `"hourly"`, the default: each flag and variation once per hour, without a user id, so that a
   * flag read by browsers alone does not look unused and nobody can forge exposures. `"all"`: each evaluation, with its user id;
   * only with `authorize`. `"none"`: nothing.
   */
  readonly track?: "hourly" | "all" | "none" | undefined;
  /** The largest request body, in bytes; 65,536 (64 KiB) by default. */
  readonly maxBodyBytes?: number | undefined;
  /** How many event streams may be open at once; 10,000 by default. */
  readonly maxStreams?: number | undefined;
  /** The part of the path before `/ofrep/v1`, such as `"/api"`; any by default. */
  readonly path?: string | undefined;
  /** How long a request waits for the first flags, in ms; 3,000 by default. */
  readonly timeout?: number | undefined;
}

/** The options, checked, with their defaults filled in. */
export interface ResolvedOfrepOptions {
  readonly clientKeys: readonly string[] | undefined;
  readonly authorize: OfrepOptions["authorize"];
  readonly context: OfrepOptions["context"];
  readonly canSee: (key: string) => boolean;
  readonly allowsOrigin: (origin: string) => boolean;
  /** 0 for no limit. */
  readonly rateLimit: number;
  readonly address: OfrepOptions["address"];
  readonly track: "hourly" | "all" | "none";
  readonly maxBodyBytes: number;
  readonly maxStreams: number;
  readonly path: string | undefined;
  readonly timeout: number;
}

const ACTION = "create OFREP handler";

const isFunction = (value: unknown): boolean => typeof value === "function";
const isListOf = (value: unknown, isItem: (item: string) => boolean): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === "string" && isItem(item));
const isAtLeastOne = (value: unknown): boolean => Number.isFinite(value) && value as number >= 1;

const RULES: { readonly [Name in keyof OfrepOptions]-?: OptionRule<OfrepOptions[Name]> } = {
  clientKeys: [
    undefined,
    "a list of at least one key (visible ASCII characters)",
    (value) => isListOf(value, (key) => /^[\x21-\x7e]+$/.test(key)) && (value as unknown[]).length > 0,
    true,
  ],
  authorize: [undefined, "a function", isFunction],
  public: [false, "true or false", (value) => typeof value === "boolean"],
  context: [undefined, "a function", isFunction],
  flags: [
    [],
    "a list of flag keys, or a function of a key",
    (value) => isFunction(value) || isListOf(value, () => true),
  ],
  origins: [
    [],
    'a list of origins such as "https://www.example.com", or of "*"',
    (value) => isListOf(value, (origin) => origin === "*" || isOrigin(origin)),
  ],
  rateLimit: [
    60,
    "a number of requests, at least 1, or false",
    (value) => value === false || isAtLeastOne(value),
  ],
  address: [undefined, "a function", isFunction],
  track: [
    "hourly",
    '"hourly", "all" or "none"',
    (value) => ["hourly", "all", "none"].includes(value as string),
  ],
  maxBodyBytes: [64 * 2 ** 10, "a number of bytes, at least 1", isAtLeastOne],
  maxStreams: [10_000, "a number of streams, at least 1", isAtLeastOne],
  path: [
    undefined,
    'a path such as "/api"',
    (value) => typeof value === "string" && /^(\/[^/?#]+)*\/?$/.test(value),
  ],
  timeout: [3_000, "a finite number of milliseconds, at least 1", isAtLeastOne],
};

/**
 * Checks the options of an OFREP endpoint and fills in their defaults.
 *
 * @throws {ConfigurationError} when an option is unknown or out of range, or nothing says who may ask.
 */
export function resolveOfrepOptions(options: OfrepOptions): ResolvedOfrepOptions {
  checkNames(ACTION, options, Object.keys(RULES));
  const given: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries<OptionRule<unknown>>(RULES)) {
    given[name] = checkOption(ACTION, name, Reflect.get(options, name), rule);
  }
  const checked = given as OfrepOptions;
  const { clientKeys, authorize, flags, origins = [], rateLimit, track, path } = checked;
  if (clientKeys === undefined && authorize === undefined && checked.public !== true) {
    const remedy = "give 'clientKeys', 'authorize' or 'public: true'";
    throw new ConfigurationError("clientKeys", `Cannot ${ACTION}: nothing says who may ask; ${remedy}`);
  }
  if (authorize !== undefined && origins.includes("*")) {
    const message = `Cannot ${ACTION}: 'origins' must not contain "*" beside 'authorize'; list the origins`;
    throw new ConfigurationError("origins", message);
  }
  if (authorize === undefined && track === "all") {
    const message =
      `Cannot ${ACTION}: 'track' must not be "all" without 'authorize': anybody could forge events`;
    throw new ConfigurationError("track", message);
  }
  const visible = typeof flags === "function" ? undefined : new Set(flags);
  return {
    ...checked as Required<Pick<OfrepOptions, "maxBodyBytes" | "maxStreams" | "timeout" | "track">>,
    clientKeys,
    authorize,
    context: checked.context,
    address: checked.address,
    canSee: typeof flags === "function" ? flags : (key) => visible!.has(key),
    allowsOrigin: (origin) => origins.includes("*") || origins.includes(origin),
    rateLimit: rateLimit === false ? 0 : rateLimit as number,
    path: path?.replace(/\/$/, ""),
  } as ResolvedOfrepOptions;
}

/** The options of a server's OFREP endpoint: see {@linkcode OfrepOptions}. */
export type ServedOfrepOptions = Pick<
  OfrepOptions,
  "clientKeys" | "flags" | "origins" | "rateLimit" | "address"
>;

/** Reads the options of a server's OFREP endpoint. `undefined` without client keys: then it has none. */
export function resolveServedOfrep(
  { clientKeys, flags, origins, rateLimit, address }: ServedOfrepOptions,
  sdkKeys: readonly string[],
  { maxStreams }: Pick<OfrepOptions, "maxStreams">,
): ResolvedOfrepOptions | undefined {
  if (clientKeys === undefined) {
    for (const [option, value] of Object.entries({ flags, origins, rateLimit, address })) {
      if (value === undefined) continue;
      const message = `Cannot ${ACTION}: 'clientKeys' is missing, which '${option}' needs`;
      throw new ConfigurationError("clientKeys", message);
    }
    return undefined;
  }
  const options = { clientKeys, flags, origins, rateLimit, address, path: "/", maxStreams };
  if (Array.isArray(clientKeys) && clientKeys.some((key) => sdkKeys.includes(key))) {
    const message = `Cannot ${ACTION}: 'clientKeys' must not contain an SDK key, which opens more than OFREP`;
    throw new ConfigurationError("clientKeys", message);
  }
  return resolveOfrepOptions(options);
}

/** The rules of these options for a server's table, which passes them on unchecked. */
export const SERVED_OFREP_RULES: {
  readonly [Name in keyof ServedOfrepOptions]-?: OptionRule<ServedOfrepOptions[Name]>;
} = {
  clientKeys: [undefined, "", () => true, true],
  flags: [undefined, "", () => true, true],
  origins: [undefined, "", () => true, true],
  rateLimit: [undefined, "", () => true, true],
  address: [undefined, "", () => true, true],
};

/** Whether a text is an origin as browsers send it. */
function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}
