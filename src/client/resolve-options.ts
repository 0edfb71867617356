import {
  CONNECT_TIMEOUT_MS,
  FLUSH_BATCH_SIZE,
  FLUSH_INTERVAL_MS,
  INIT_TIMEOUT_MS,
  MAX_AGE_MS,
  MAX_STALE_MS,
  MIN_POLL_INTERVAL_MS,
  POLL_AFTER_FAILURES,
  POLL_INTERVAL_MS,
  READ_TIMEOUT_MS,
} from "../contract/limits.ts";
import { checkOptions, mayBeOptions, timeRule } from "../errors/check-option.ts";
import type { OptionRule, OptionRules } from "../errors/check-option.ts";
import { ConfigurationError } from "../errors/configuration-error.ts";
import { isRecord } from "../errors/format.ts";
import { mergeContexts } from "../evaluation/evaluation-context.ts";
import type { EvaluationContext } from "../evaluation/evaluation-context.ts";
import type { Inspector } from "../events/inspectors.ts";
import type { Fetch } from "../runtime/fetch.ts";
import { consoleLogger, isLogger } from "../runtime/logger.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Runtime, WaitUntil } from "../runtime/runtime.ts";
import type { SnapshotStore } from "../shared-store/shared-store.ts";
import type { Bootstrap, EvaluationEventMode, FeatureflipOptions, Mode } from "./options.ts";

/** The options that a core takes from its first handle (contract §6), checked, with defaults. */
export interface CoreOptions {
  /** Empty in `"offline"` mode without a key. */
  readonly sdkKey: string;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly connectTimeout: number;
  readonly readTimeout: number;
  readonly initTimeout: number;
  /** `"test"` for test clients. */
  readonly mode: Mode | "test";
  readonly pollInterval: number;
  readonly pollAfterFailures: number;
  readonly maxAge: number;
  readonly maxStale: number;
  readonly bootstrap?: Bootstrap | undefined;
  readonly store?: SnapshotStore | undefined;
  readonly sendEvents: boolean;
  /** Without a trailing slash; `baseUrl` when left out. */
  readonly eventsUrl?: string | undefined;
  readonly flushInterval: number;
  readonly flushBatchSize: number;
  readonly evaluationEvents: EvaluationEventMode;
  readonly privateAttributes: readonly string[];
  /** A copy, frozen. */
  readonly defaultContext?: EvaluationContext | undefined;
  readonly fetch?: Fetch | undefined;
}

/** The options that stay with their handle: they may refer to it, and a core that held them would keep it alive. */
export interface HandleOptions {
  readonly inspectors: readonly Inspector[];
  readonly waitUntil: WaitUntil | undefined;
  readonly logger: Logger;
}

/** A client's options, checked, with defaults. */
export interface ResolvedOptions {
  readonly core: CoreOptions;
  readonly handle: HandleOptions;
}

/** The part of the runtime that options come from where they are missing; where from depends on its name. */
export type OptionSource = Pick<Runtime, "env" | "name">;

const DEFAULT_BASE_URL = "https://eval.featureflip.io";
/** The SDK key that `featureflip dev` accepts by default. */
const LOCAL_KEY = "sdk-local";
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

const FUNCTION = "a function";

/** No message shows its value: it is secret, or may hold a secret by mistake. */
const SECRET_TEXT: OptionRule<string | undefined> = [undefined, "a string", isText, true];

const BOOLEAN: OptionRule<boolean> = [true, "true or false", (value) => typeof value === "boolean"];

/** The options after each was checked separately. */
interface Checked extends Omit<CoreOptions, "sdkKey" | "baseUrl" | "mode">, HandleOptions {
  readonly sdkKey: string | undefined;
  readonly baseUrl: string | undefined;
  readonly mode: Mode;
  readonly streaming: boolean;
}

/** Default and allowed values of each option (contract §7). */
const OPTIONS: OptionRules<Checked> = {
  sdkKey: SECRET_TEXT,
  baseUrl: SECRET_TEXT,
  connectTimeout: timeRule(CONNECT_TIMEOUT_MS),
  readTimeout: timeRule(READ_TIMEOUT_MS),
  initTimeout: timeRule(INIT_TIMEOUT_MS),
  streaming: BOOLEAN,
  mode: oneOf("auto", "streaming", "polling", "lazy", "manual", "offline"),
  pollInterval: timeRule(POLL_INTERVAL_MS, MIN_POLL_INTERVAL_MS, "1,000"),
  pollAfterFailures: [
    POLL_AFTER_FAILURES,
    "a finite number of at least 0",
    (value) => Number.isFinite(value) && value as number >= 0,
  ],
  maxAge: timeRule(MAX_AGE_MS),
  maxStale: timeRule(MAX_STALE_MS),
  bootstrap: [
    undefined,
    "a snapshot or a function that returns one",
    (value) => isRecord(value) || isFunction(value),
  ],
  store: [
    undefined,
    "a store of this package, or made by sharedStore() of @featureflip/sdk/stores",
    isStore,
  ],
  sendEvents: BOOLEAN,
  eventsUrl: SECRET_TEXT,
  flushInterval: timeRule(FLUSH_INTERVAL_MS),
  flushBatchSize: [
    FLUSH_BATCH_SIZE,
    "a whole number of at least 1",
    (value) => Number.isSafeInteger(value) && value as number >= 1,
  ],
  evaluationEvents: oneOf("all", "unique", "hourly", "none"),
  privateAttributes: listOf("attribute names", isText),
  defaultContext: [undefined, "an object of attributes", mayBeOptions],
  inspectors: listOf("functions", isFunction),
  waitUntil: [undefined, FUNCTION, isFunction],
  fetch: [undefined, FUNCTION, isFunction],
  logger: [consoleLogger, "an object with the functions debug, info, warn and error", isLogger],
};

/**
 * Checks a client's options and adds defaults (contract §7). The environment is read only for options that are missing.
 *
 * @throws {ConfigurationError} that names the option, its value (except for `sdkKey` and `baseUrl`) and the allowed values.
 */
export function resolveOptions(
  options: FeatureflipOptions,
  runtime: OptionSource,
): ResolvedOptions {
  const { streaming, inspectors, waitUntil, logger, ...checked } = checkOptions(
    "create client",
    options,
    OPTIONS,
  );
  if (!streaming && checked.mode === "streaming") {
    throw new ConfigurationError(
      "streaming",
      `Cannot create client: 'streaming' must not be false while 'mode' is "streaming"`,
    );
  }
  const mode = !streaming && checked.mode === "auto" ? "polling" : checked.mode;
  const core = {
    ...checked,
    mode,
    sdkKey: resolveSdkKey(checked.sdkKey, mode, runtime),
    baseUrl: checkUrl("baseUrl", checked.baseUrl) ?? defaultBaseUrl(mode, runtime),
    eventsUrl: checkUrl("eventsUrl", checked.eventsUrl),
    defaultContext: checked.defaultContext && Object.freeze(mergeContexts({}, checked.defaultContext)),
  };
  const needsService = mode !== "offline" && checked.fetch === undefined;
  if (needsService && core.sdkKey === LOCAL_KEY && core.baseUrl === DEFAULT_BASE_URL) {
    throw new ConfigurationError(
      "baseUrl",
      `Cannot create client: 'baseUrl' is missing; "${LOCAL_KEY}" is the SDK key of featureflip dev, so pass the URL ` +
        "that it printed, or set the environment variable FEATUREFLIP_BASE_URL",
    );
  }
  return { core, handle: { inspectors, waitUntil, logger } };
}

function resolveSdkKey(
  given: string | undefined,
  mode: Mode,
  runtime: OptionSource,
): string {
  if (given === undefined && mode === "offline") return "";
  const key = (given ?? runtime.env("FEATUREFLIP_SDK_KEY") ?? "").trim();
  if (VISIBLE_ASCII.test(key)) return key;
  throw new ConfigurationError(
    "sdkKey",
    key === ""
      ? `Cannot create client: 'sdkKey' is ${given === undefined ? "missing" : "empty"}; ${
        keySource(runtime)
      }, ` +
        "or start a local service: npx @featureflip/sdk dev"
      : "Cannot create client: 'sdkKey' must consist of visible ASCII characters, without a space or a line break",
  );
}

/** Where the SDK key comes from on a runtime. */
function keySource({ name }: OptionSource): string {
  if (name === "workerd") return "pass a binding of the Worker, such as env.FEATUREFLIP_SDK_KEY";
  const permission = name.startsWith("deno") ? " (Deno needs --allow-env)" : "";
  return `pass it, or set the environment variable FEATUREFLIP_SDK_KEY${permission}`;
}

function defaultBaseUrl(mode: Mode, runtime: OptionSource): string {
  const text = mode === "offline" ? undefined : runtime.env("FEATUREFLIP_BASE_URL");
  const checked = checkUrl("baseUrl", text || undefined, "the environment variable FEATUREFLIP_BASE_URL");
  // It needs no check, which would slow down the start of a process (bench: cold start).
  return checked ?? DEFAULT_BASE_URL;
}

/**
 * Checks a URL that requests are sent to, and returns one spelling for each, so that handles find their core. The message never
 * shows its value.
 */
function checkUrl(option: string, text: string | undefined, subject = `'${option}'`): string | undefined {
  if (text === undefined) return undefined;
  if (/^\s*https?:\/\//i.test(text) && URL.canParse(text)) {
    const { href, username, password } = new URL(text);
    // `search` and `hash` are empty for a bare `?` or `#`.
    if (username === "" && password === "" && !/[?#]/.test(href)) return href.replace(/\/+$/, "");
  }
  throw new ConfigurationError(
    option,
    `Cannot create client: ${subject} must be an absolute http: or https: URL without credentials, query or fragment`,
  );
}

/** The first name is the default. */
function oneOf<T extends string>(...names: [T, ...T[]]): OptionRule<T> {
  return [names[0], `one of "${names.join('", "')}"`, (value) => names.includes(value as T)];
}

function listOf<T>(what: string, isAllowed: (value: unknown) => boolean): OptionRule<readonly T[]> {
  // A copy, because `every` skips holes.
  return [[], `a list of ${what}`, (value) => Array.isArray(value) && [...value].every(isAllowed)];
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}

function isStore(value: unknown): boolean {
  return isRecord(value) && isFunction((value as Partial<SnapshotStore>)["~open1"]);
}
