import { stat } from "node:fs/promises";
import { resolveOptions } from "../client/resolve-options.ts";
import { PayloadError } from "../contract/payload-error.ts";
import { decodeSnapshot } from "../contract/snapshot.ts";
import { createHttpClient } from "../http/http-client.ts";
import { redactKey, withoutKey } from "../http/redact.ts";
import { detectRuntime } from "../runtime/detect-runtime.ts";
import { createLogger } from "../runtime/logger.ts";
import type { Logger } from "../runtime/logger.ts";
import { warnOnce } from "../runtime/once.ts";
import { UNKNOWN } from "../server/environment/find-mistakes.ts";
import { readEnvironment } from "../server/environment/environment.ts";
import type { WireSnapshot } from "../server/mod.ts";
import { VERSION } from "../version.ts";
import { findDuplicateNames, parseJson } from "./json/parse-json-text.ts";
import { readFileText } from "./files.ts";
import { CliError } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

/** The file that commands use by default. */
export const DEFAULT_FILE = "featureflip.json";

/** The options that name the source of the flags. */
export const SOURCE_OPTIONS: Readonly<
  Record<"file" | "base-url" | "sdk-key" | "url" | "key", { readonly type: "string" }>
> = {
  file: { type: "string" },
  "base-url": { type: "string" },
  "sdk-key": { type: "string" },
  url: { type: "string" },
  key: { type: "string" },
};

/** The help text of {@linkcode SOURCE_OPTIONS}. */
export const SOURCE_HELP: string =
  `  --file FILE      the flags of a file, as \`featureflip dev\` serves it; - for standard input
  --sdk-key KEY    the flags of the service with this SDK key; FEATUREFLIP_SDK_KEY by default. Short: --key
  --base-url URL   the service's URL, such as a local one; FEATUREFLIP_BASE_URL by default. Short: --url
                   Without a file and a key: ${DEFAULT_FILE}`;

/** The values of {@linkcode SOURCE_OPTIONS}. */
export interface SourceValues {
  readonly file?: string | undefined;
  readonly "base-url"?: string | undefined;
  readonly "sdk-key"?: string | undefined;
  /** Short for `base-url`. */
  readonly url?: string | undefined;
  /** Short for `sdk-key`. */
  readonly key?: string | undefined;
}

/** A snapshot and its source. */
export interface LoadedSnapshot {
  /** The snapshot as received: a client's `bootstrap`. */
  readonly snapshot: WireSnapshot;
  /** The file's path or the service's URL. */
  readonly from: string;
  /** Prints warnings about it, each once and without the SDK key. */
  readonly note: Terminal["note"];
}

/**
 * Loads the flags for a command.
 *
 * @throws {CliError} when the command line names no source or two, or the file is invalid.
 * @throws {FeatureflipError} when the service does not answer, or an option is invalid.
 */
export async function loadSnapshot(
  values: SourceValues,
  terminal: Terminal,
): Promise<LoadedSnapshot> {
  const { env, note } = terminal;
  const { file } = values;
  const url = values["base-url"] ?? values.url;
  const key = values["sdk-key"] ?? values.key;
  const isService = url !== undefined || key !== undefined;
  if (file !== undefined && isService) {
    throw new CliError("Option '--file' cannot be combined with '--base-url' or '--sdk-key'", 2);
  }
  if (file !== undefined) return await fromFile(file, terminal);
  const hasKey = key !== undefined || Boolean(env("FEATUREFLIP_SDK_KEY"));
  if (isService && !hasKey) {
    throw new CliError(
      "Option '--base-url' needs an SDK key: pass '--sdk-key' or set FEATUREFLIP_SDK_KEY",
      2,
    );
  }
  if (hasKey) return await fromService(url, key, { env, note });
  // A file that cannot be read is reported when it is read.
  const exists = await stat(DEFAULT_FILE).then(() => true, ({ code }) => code !== "ENOENT");
  if (exists) return await fromFile(DEFAULT_FILE, terminal);
  throw new CliError(
    `No flags found: pass --file or --sdk-key, or create ${DEFAULT_FILE} with \`npx @featureflip/sdk dev\``,
    2,
  );
}

async function fromFile(path: string, { note, readInput }: Terminal): Promise<LoadedSnapshot> {
  const from = path === "-" ? "standard input" : path;
  const text = path === "-" ? await readInput() : await readFileText(path);
  const content = namingFile(from, ", ", () => {
    const content = parseJson(text);
    for (const duplicate of findDuplicateNames(text, content)) note(`${from}, ${duplicate}`);
    return content;
  });
  return { snapshot: namingFile(from, ": ", () => readEnvironment(content, note)), from, note };
}

/** Adds the file's name to an error of its text or content. */
function namingFile<T>(from: string, separator: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof PayloadError || error instanceof SyntaxError)) throw error;
    throw new CliError(`${from}${separator}${error.message}`);
  }
}

async function fromService(
  baseUrl: string | undefined,
  sdkKey: string | undefined,
  { env, note }: Pick<Terminal, "env" | "note">,
): Promise<LoadedSnapshot> {
  const runtime = detectRuntime();
  const { core } = resolveOptions({ sdkKey, baseUrl }, { env, name: runtime.name });
  const say = warnOnce((message) => note(redactKey(message, core.sdkKey)));
  const logger = warningLogger(say);
  const http = createHttpClient({ ...core, scheduler: runtime.scheduler, logger, runtime, version: VERSION });
  try {
    const { json } = await http.getSnapshot({ timeout: core.initTimeout });
    // Checked, but passed on as received: a newer version may know what this one does not.
    decodeSnapshot(structuredClone(json), () => {});
    // The mistakes of a file, but what a newer service sends besides is none.
    readEnvironment(json, (message) => message.endsWith(UNKNOWN) || say(message));
    return { snapshot: json as WireSnapshot, from: core.baseUrl, note: say };
  } catch (error) {
    throw withoutKey(error, core.sdkKey);
  } finally {
    http.close();
  }
}

/** Creates a logger that passes on warnings and errors. */
export function warningLogger(note: Terminal["note"]): Logger {
  return createLogger((level, message) => {
    if (level === "warn" || level === "error") note(message);
  });
}

/** Returns a number of flags in words. */
export function countFlags(count: number): string {
  return count === 1 ? "1 flag" : `${count} flags`;
}
