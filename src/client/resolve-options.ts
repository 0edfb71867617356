import * as v from "valibot";
import { ConfigurationError } from "../errors/configuration-error.ts";
import type { EvaluationContext } from "../evaluation/evaluation-context.ts";
import type { Inspector } from "../events/inspectors.ts";
import { consoleLogger } from "../runtime/console-logger.ts";
import type { Logger } from "../runtime/logger.ts";
import type { WaitUntil } from "../runtime/runtime.ts";
import type { SharedStore } from "../store/shared-store.ts";
import type { Bootstrap, EvaluationEvents, FeatureflipOptions, Mode } from "./client-options.ts";
import { mergeContexts } from "./merge-contexts.ts";

/** What a core takes from the first of its handles (contract §6), checked, with the defaults filled in. */
export interface CoreOptions {
  /** Empty in `"offline"` mode without one. */
  readonly sdkKey: string;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly connectTimeout: number;
  readonly readTimeout: number;
  readonly initTimeout: number;
  readonly mode: Mode;
  readonly pollInterval: number;
  readonly maxStreamRetries: number;
  readonly maxAge: number;
  readonly bootstrap?: Bootstrap | undefined;
  readonly store?: SharedStore | undefined;
  readonly sendEvents: boolean;
  readonly flushInterval: number;
  readonly flushBatchSize: number;
  readonly evaluationEvents: EvaluationEvents;
  readonly privateAttributes: readonly string[];
  /** A copy, frozen. */
  readonly defaultContext?: EvaluationContext | undefined;
  readonly fetch?: typeof fetch | undefined;
}

/** What each handle keeps to itself: a core that held it would keep a handle alive that it refers back to. */
export interface HandleOptions {
  readonly inspectors: readonly Inspector[];
  readonly waitUntil: WaitUntil | undefined;
  readonly logger: Logger;
}

/** A client's options, checked, with their defaults filled in. */
export interface ResolvedOptions {
  readonly core: CoreOptions;
  readonly handle: HandleOptions;
}

/** Asks for an environment variable. */
export type ReadEnv = (name: string) => string | undefined;

const DEFAULT_BASE_URL = "https://eval.featureflip.io";
const MODES = ["auto", "streaming", "polling", "lazy", "manual", "offline"] as const;
const EVALUATION_EVENTS = ["all", "unique", "none"] as const;
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/** Options whose values no message shows: what is secret, or may hold a secret by mistake. */
const UNSHOWN: ReadonlySet<string> = new Set(["sdkKey", "baseUrl"]);

const OPTIONS = v.strictObject({
  sdkKey: optional(v.string("a string")),
  baseUrl: optional(v.string("a string")),
  connectTimeout: time(5_000),
  readTimeout: time(10_000),
  initTimeout: time(10_000),
  streaming: flag(true),
  mode: oneOf(MODES, "auto"),
  pollInterval: time(30_000, 1_000),
  maxStreamRetries: number(5, 0, "a finite number of at least 0"),
  maxAge: time(30_000),
  bootstrap: optional(
    v.custom<Bootstrap>(isBootstrap, "a snapshot (an object) or a function that gives one"),
  ),
  store: optional(v.custom<SharedStore>(isStore, "a shared store: an object with a function 'get'")),
  sendEvents: flag(true),
  flushInterval: time(30_000),
  flushBatchSize: v.optional(wholeNumber("a whole number of at least 1"), 100),
  evaluationEvents: oneOf(EVALUATION_EVENTS, "all"),
  privateAttributes: v.optional(
    v.array(v.string("a list of attribute names"), "a list of attribute names"),
    [],
  ),
  defaultContext: optional(v.custom<EvaluationContext>(isObject, "an object of attributes")),
  inspectors: v.optional(
    v.array(v.custom<Inspector>(isFunction, "a list of functions"), "a list of functions"),
    [],
  ),
  waitUntil: optional(v.custom<WaitUntil>(isFunction, "a function")),
  fetch: optional(v.custom<typeof fetch>(isFunction, "a function")),
  logger: optional(v.custom<Logger>(isLogger, "an object with the functions debug, info, warn and error")),
});

/**
 * Checks a client's options and fills in their defaults (contract §7). The environment is asked only for what was not
 * given.
 *
 * @throws {ConfigurationError} naming the option, the value (never of `sdkKey` or `baseUrl`) and what is allowed.
 */
export function resolveOptions(options: FeatureflipOptions, readEnv: ReadEnv): ResolvedOptions {
  if (!isObject(options)) throw new ConfigurationError("options", "The client's options must be an object");
  const result = v.safeParse(OPTIONS, options, { abortEarly: true });
  if (!result.success) throw toConfigurationError(result.issues[0], options);

  const { streaming, inspectors, waitUntil, logger = consoleLogger, ...checked } = result.output;
  if (!streaming && checked.mode === "streaming") {
    throw new ConfigurationError(
      "streaming",
      `Option 'streaming' must not be false while 'mode' is "streaming"`,
    );
  }
  const mode = !streaming && checked.mode === "auto" ? "polling" : checked.mode;
  const core = {
    ...checked,
    mode,
    sdkKey: resolveSdkKey(checked.sdkKey, mode, readEnv),
    baseUrl: resolveBaseUrl(checked.baseUrl, mode, readEnv),
    defaultContext: checked.defaultContext && Object.freeze(mergeContexts({}, checked.defaultContext)),
  };
  return { core, handle: { inspectors, waitUntil, logger } };
}

function resolveSdkKey(given: string | undefined, mode: Mode, readEnv: ReadEnv): string {
  if (given === undefined && mode === "offline") return "";
  const key = (given ?? readEnv("FEATUREFLIP_SDK_KEY") ?? "").trim();
  if (VISIBLE_ASCII.test(key)) return key;
  throw new ConfigurationError(
    "sdkKey",
    key === ""
      ? "Option 'sdkKey' is missing: pass it, or set the environment variable FEATUREFLIP_SDK_KEY"
      : "Option 'sdkKey' must be visible ASCII characters only: the given key holds something else, such as a space or a line break",
  );
}

function resolveBaseUrl(given: string | undefined, mode: Mode, readEnv: ReadEnv): string {
  const fromEnv = given === undefined && mode !== "offline" ? readEnv("FEATUREFLIP_BASE_URL") : undefined;
  const normalized = normalizeBaseUrl(given ?? (fromEnv || DEFAULT_BASE_URL));
  if (normalized !== undefined) return normalized;
  throw new ConfigurationError(
    "baseUrl",
    `${
      given === undefined ? "The environment variable FEATUREFLIP_BASE_URL" : "Option 'baseUrl'"
    } must be an absolute ` +
      "http: or https: URL without credentials, query or fragment",
  );
}

/** One spelling for one place, so that handles find each other's core; `undefined` for what is no base URL. */
function normalizeBaseUrl(text: string): string | undefined {
  if (!/^\s*https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const { href, username, password } = new URL(text);
  // `search` and `hash` would not tell of a bare `?` or `#`.
  if (username !== "" || password !== "" || /[?#]/.test(href)) return undefined;
  return href.replace(/\/+$/, "");
}

function toConfigurationError(issue: v.BaseIssue<unknown>, options: object): ConfigurationError {
  const option = String(issue.path?.[0]?.key ?? "options");
  if (!Object.hasOwn(OPTIONS.entries, option)) {
    // Neither its name nor its value is shown as given: either may be the key in the wrong place.
    return new ConfigurationError("options", unknownOptionMessage(option));
  }
  const value: unknown = Reflect.get(options, option);
  const found = UNSHOWN.has(option) ? "" : `, but is ${show(value)}`;
  return new ConfigurationError(option, `Option '${option}' must be ${issue.message}${found}`);
}

function unknownOptionMessage(option: string): string {
  const problem = /^[a-z]{1,20}([A-Z_][a-z]{0,20}){0,4}$/.test(option)
    ? `There is no option '${option}'`
    : "There is no option of a name that was given (and is not shown: it may be the SDK key)";
  return `${problem}; there are: ${Object.keys(OPTIONS.entries).join(", ")}`;
}

/** Text that is no key but a slip: a word, or a number in quotes. Keys have dashes, capitals or digits among letters. */
const HARMLESS_TEXT = /^(?:[A-Z]?[a-z]{0,11}|-?[\d_.]{1,8}(?:ms|[smh])?)$/;

/** Shows what can't be a secret: a text may be a key in the wrong place. */
function show(value: unknown): string {
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return "a list of something else";
  if (typeof value === "string" && HARMLESS_TEXT.test(value)) return JSON.stringify(value);
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function optional<T extends v.GenericSchema>(schema: T): v.OptionalSchema<T, undefined> {
  return v.optional(schema, undefined);
}

function flag(byDefault: boolean) {
  return v.optional(v.boolean("true or false"), byDefault);
}

function time(byDefault: number, least = 1) {
  return number(byDefault, least, `a finite number of milliseconds, at least ${least}`);
}

function number(byDefault: number, least: number, message: string) {
  return v.optional(v.pipe(v.number(message), v.finite(message), v.minValue(least, message)), byDefault);
}

function wholeNumber(message: string) {
  return v.pipe(v.number(message), v.safeInteger(message), v.minValue(1, message));
}

function oneOf<const T extends readonly string[]>(names: T, byDefault: T[number]) {
  return v.optional(
    v.picklist(names, `one of ${names.map((name) => JSON.stringify(name)).join(", ")}`),
    byDefault,
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}

function isBootstrap(value: unknown): boolean {
  return isObject(value) || isFunction(value);
}

function isStore(value: unknown): boolean {
  return isObject(value) && isFunction(Reflect.get(value, "get")) &&
    ["set", "tryLock", "watch"].every((name) => {
      const method: unknown = Reflect.get(value, name);
      return method === undefined || isFunction(method);
    });
}

function isLogger(value: unknown): boolean {
  return isObject(value) &&
    ["debug", "info", "warn", "error"].every((level) => isFunction(Reflect.get(value, level)));
}
