import {
  CONNECT_TIMEOUT_MS,
  FLUSH_BATCH_SIZE,
  FLUSH_INTERVAL_MS,
  INIT_TIMEOUT_MS,
  MAX_AGE_MS,
  MIN_POLL_INTERVAL_MS,
  POLL_AFTER_FAILURES,
  POLL_INTERVAL_MS,
  READ_TIMEOUT_MS,
} from "../contract/limits.ts";
import { ConfigurationError } from "../errors/configuration-error.ts";
import { kindOf } from "../errors/format.ts";
import type { EvaluationContext } from "../evaluation/evaluation-context.ts";
import type { Inspector } from "../events/inspectors.ts";
import { consoleLogger, isLogger } from "../runtime/logger.ts";
import type { Logger } from "../runtime/logger.ts";
import type { WaitUntil } from "../runtime/runtime.ts";
import type { SharedStore } from "../shared-store/shared-store.ts";
import type { TimeoutOptions } from "./core.ts";
import { mergeContexts } from "./merge-contexts.ts";
import type { Bootstrap, EvaluationEvents, FeatureflipOptions, Mode } from "./options.ts";

/** What a core takes from the first of its handles (contract §6), checked, with the defaults filled in. */
export interface CoreOptions {
  /** Empty in `"offline"` mode without one. */
  readonly sdkKey: string;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly connectTimeout: number;
  readonly readTimeout: number;
  readonly initTimeout: number;
  /** `"test"` is a test client's. */
  readonly mode: Mode | "test";
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
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

const FUNCTION = "a function";

/** No message shows its value: it is secret, or may hold a secret by mistake. */
const SECRET_TEXT: OptionRule<string | undefined> = [undefined, "a string", isText, true];

const BOOLEAN: OptionRule<boolean> = [true, "true or false", (value) => typeof value === "boolean"];

/** Each option as it is when it has been checked by itself. */
interface Checked extends Omit<CoreOptions, "sdkKey" | "baseUrl" | "mode">, HandleOptions {
  readonly sdkKey: string | undefined;
  readonly baseUrl: string | undefined;
  readonly mode: Mode;
  readonly streaming: boolean;
}

/** What each option is by default, and what it may be (contract §7). */
const OPTIONS: { readonly [Name in keyof FeatureflipOptions]-?: OptionRule<Checked[Name]> } = {
  sdkKey: SECRET_TEXT,
  baseUrl: SECRET_TEXT,
  connectTimeout: time(CONNECT_TIMEOUT_MS),
  readTimeout: time(READ_TIMEOUT_MS),
  initTimeout: time(INIT_TIMEOUT_MS),
  streaming: BOOLEAN,
  mode: oneOf("auto", "streaming", "polling", "lazy", "manual", "offline"),
  pollInterval: time(POLL_INTERVAL_MS, MIN_POLL_INTERVAL_MS),
  maxStreamRetries: [
    POLL_AFTER_FAILURES,
    "a finite number of at least 0",
    (value) => Number.isFinite(value) && value as number >= 0,
  ],
  maxAge: time(MAX_AGE_MS),
  bootstrap: [
    undefined,
    "a snapshot (an object) or a function that gives one",
    (value) => isObject(value) || isFunction(value),
  ],
  store: [undefined, "a shared store: an object with a function 'get'", isStore],
  sendEvents: BOOLEAN,
  flushInterval: time(FLUSH_INTERVAL_MS),
  flushBatchSize: [
    FLUSH_BATCH_SIZE,
    "a whole number of at least 1",
    (value) => Number.isSafeInteger(value) && value as number >= 1,
  ],
  evaluationEvents: oneOf("all", "unique", "none"),
  privateAttributes: listOf("attribute names", isText),
  defaultContext: [undefined, "an object of attributes", isObject],
  inspectors: listOf("functions", isFunction),
  waitUntil: [undefined, FUNCTION, isFunction],
  fetch: [undefined, FUNCTION, isFunction],
  logger: [consoleLogger, "an object with the functions debug, info, warn and error", isLogger],
};

const OPTION_NAMES = Object.keys(OPTIONS) as (keyof FeatureflipOptions)[];

/**
 * Checks a client's options and fills in their defaults (contract §7). The environment is asked only for what was not
 * given.
 *
 * @throws {ConfigurationError} naming the option, the value (never of `sdkKey` or `baseUrl`) and what is allowed.
 */
export function resolveOptions(options: FeatureflipOptions, readEnv: ReadEnv): ResolvedOptions {
  if (!isObject(options)) {
    throw new ConfigurationError("options", "The client's options must be an object, such as { sdkKey: … }");
  }
  const { streaming, inspectors, waitUntil, logger, ...checked } = checkOptions(options);
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
    privateAttributes: [...checked.privateAttributes],
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
      ? "Option 'sdkKey' is missing: pass it, or set the environment variable FEATUREFLIP_SDK_KEY (which Deno has to allow)"
      : "Option 'sdkKey' must be visible ASCII characters only, without a space or a line break",
  );
}

function resolveBaseUrl(given: string | undefined, mode: Mode, readEnv: ReadEnv): string {
  const text = given ?? ((mode !== "offline" && readEnv("FEATUREFLIP_BASE_URL")) || undefined);
  // Needs no look, which a fresh process would pay for.
  if (text === undefined) return DEFAULT_BASE_URL;
  const normalized = normalizeBaseUrl(text);
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

/** Checks each by itself; an unknown one is a typing mistake, which must not pass in silence. */
function checkOptions(options: FeatureflipOptions): Checked {
  const checked: Record<string, unknown> = {};
  for (const name of OPTION_NAMES) {
    checked[name] = checkOption<unknown>(name, options[name], OPTIONS[name]);
  }
  for (const name in options) {
    if (!Object.hasOwn(OPTIONS, name)) throw new ConfigurationError("options", unknownOption(name));
  }
  return checked as unknown as Checked;
}

/** Neither its name nor its value is shown as given: either may be the key in the wrong place. */
function unknownOption(name: string): string {
  const problem = /^[a-z]{1,20}([A-Z_][a-z]{0,20}){0,4}$/.test(name)
    ? `There is no option '${name}'`
    : "There is no option of a name that was given (and is not shown: it may be the SDK key)";
  return `${problem}; there are: ${OPTION_NAMES.join(", ")}`;
}

/** The first name is the default. */
function oneOf<T extends string>(...names: [T, ...T[]]): OptionRule<T> {
  return [names[0], `one of "${names.join('", "')}"`, (value) => names.includes(value as T)];
}

function listOf<T>(what: string, isAllowed: (value: unknown) => boolean): OptionRule<readonly T[]> {
  // A copy, since `every` passes holes by.
  return [[], `a list of ${what}`, (value) => Array.isArray(value) && [...value].every(isAllowed)];
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}

function isStore(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { get, set, tryLock, watch } = value as Partial<SharedStore>;
  return isFunction(get) &&
    [set, tryLock, watch].every((method) => method === undefined || isFunction(method));
}

/** What an option is where it is not given, and what it may be (contract §7). */
export type OptionRule<T> = readonly [
  byDefault: T,
  /** Said after "must be". */
  allowed: string,
  isAllowed: (value: unknown) => boolean,
  /** Whether no message may show its value. */
  isSecret?: boolean,
];

/** Text that is no key but a slip: a word, or a number in quotes. Keys have dashes, capitals or digits among letters. */
const HARMLESS_TEXT = /^(?:[A-Z]?[a-z]{0,11}|-?[\d_.]{1,8}(?:ms|[smh])?)$/;

/**
 * Checks one option; what is not given is what it is by default.
 *
 * @throws {ConfigurationError} naming the option, the value and what is allowed.
 */
export function checkOption<T>(
  option: string,
  value: unknown,
  [byDefault, allowed, isAllowed, isSecret]: OptionRule<T>,
): T {
  if (value === undefined) return byDefault;
  if (isAllowed(value)) return value as T;
  const found = isSecret ? "" : `, but is ${show(value)}`;
  throw new ConfigurationError(option, `Option '${option}' must be ${allowed}${found}`);
}

/** Shows what can't be a secret: a text may be a key in the wrong place. */
function show(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "string" && HARMLESS_TEXT.test(value)) return JSON.stringify(value);
  return Array.isArray(value) ? "a list of something else" : kindOf(value);
}

/** The rule of a time in ms. */
export function time<T extends number | undefined>(byDefault: T, least = 1): OptionRule<T> {
  return [
    byDefault,
    `a finite number of milliseconds, at least ${least}`,
    (value) => Number.isFinite(value) && value as number >= least,
  ];
}

const TIMEOUT = time(undefined);

/**
 * The time-out of one call, in ms (contract §7).
 *
 * @throws {ConfigurationError} when it is no finite number of milliseconds of at least 1.
 */
export function timeoutOf(options: TimeoutOptions | null | undefined): number | undefined {
  return checkOption("timeout", options?.timeout, TIMEOUT);
}
