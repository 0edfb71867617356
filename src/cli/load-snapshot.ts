import { stat } from "node:fs/promises";
import { resolveOptions } from "../client/resolve-options.ts";
import { PayloadError } from "../contract/payload-error.ts";
import { decodeSnapshot } from "../contract/snapshot.ts";
import { createHttpClient } from "../http/http-client.ts";
import { redactKey, withoutKey } from "../http/redact.ts";
import { detectRuntime } from "../runtime/detect-runtime.ts";
import type { HostGlobals } from "../runtime/detect-runtime.ts";
import type { Logger } from "../runtime/logger.ts";
import { warnOnce } from "../runtime/once.ts";
import { createScheduler } from "../runtime/scheduler.ts";
import { readEnvironment } from "../server/environment/read-environment.ts";
import type { WireSnapshot } from "../server/mod.ts";
import { VERSION } from "../version.ts";
import { FlagFile } from "./dev/flag-file.ts";
import { CliError } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

/** The file that commands take when none is named. */
export const DEFAULT_FILE = "featureflip.json";

/** The options that say where flags come from. */
export const SOURCE_OPTIONS: Readonly<Record<"file" | "url" | "key", { readonly type: "string" }>> = {
  file: { type: "string" },
  url: { type: "string" },
  key: { type: "string" },
};

/** What a command's help says of them. */
export const SOURCE_HELP: string = `  --file FILE      flags of a file, as \`featureflip dev\` serves it
  --key KEY        flags of the service, by its SDK key; FEATUREFLIP_SDK_KEY by default
  --url URL        another service, such as a local one; FEATUREFLIP_BASE_URL by default
                   Without a file and a key: ${DEFAULT_FILE}`;

/** The values of {@linkcode SOURCE_OPTIONS}. */
export interface SourceValues {
  readonly file?: string | undefined;
  readonly url?: string | undefined;
  readonly key?: string | undefined;
}

/** Flags, and where they come from. */
export interface LoadedSnapshot {
  /** As it came: what a client takes as `bootstrap`. */
  readonly snapshot: WireSnapshot;
  /** The file, or the service. */
  readonly from: string;
  /** Prints what else is to be known of it: each thing once, and nothing of the SDK key. */
  readonly note: Terminal["note"];
}

/**
 * Loads the flags that a command is about.
 *
 * @throws {CliError} when the command line names no source or two, or the file is wrong.
 * @throws {FeatureflipError} when the service does not answer, or an option is wrong.
 */
export async function loadSnapshot(
  { file, url, key }: SourceValues,
  { env, note }: Terminal,
): Promise<LoadedSnapshot> {
  const isService = url !== undefined || key !== undefined;
  if (file !== undefined && isService) {
    throw new CliError("Option '--file' goes with neither '--url' nor '--key'", 2);
  }
  if (file !== undefined) return await fromFile(file, note);
  const hasKey = key !== undefined || Boolean(env("FEATUREFLIP_SDK_KEY"));
  if (isService && !hasKey) {
    throw new CliError("Option '--url' needs the SDK key: '--key', or FEATUREFLIP_SDK_KEY", 2);
  }
  if (hasKey) return await fromService(url, key, { env, note });
  // One that can not be read says why itself.
  const isThere = await stat(DEFAULT_FILE).then(() => true, ({ code }) => code !== "ENOENT");
  if (isThere) return await fromFile(DEFAULT_FILE, note);
  throw new CliError(
    `There are no flags: name a file (--file) or an SDK key (--key), or make ${DEFAULT_FILE}, as \`featureflip dev\` does`,
    2,
  );
}

async function fromFile(path: string, note: Terminal["note"]): Promise<LoadedSnapshot> {
  const content = await new FlagFile(path, createScheduler(globalThis as HostGlobals)).read();
  try {
    return { snapshot: readEnvironment(content, note), from: path, note };
  } catch (error) {
    throw error instanceof PayloadError ? new CliError(`${path}: ${error.message}`) : error;
  }
}

async function fromService(
  baseUrl: string | undefined,
  sdkKey: string | undefined,
  { env, note }: Pick<Terminal, "env" | "note">,
): Promise<LoadedSnapshot> {
  const runtime = detectRuntime();
  const { core } = resolveOptions({ sdkKey, baseUrl }, env);
  const say = warnOnce((message) => note(redactKey(message, core.sdkKey)));
  const logger: Logger = { debug() {}, info() {}, warn: say, error: say };
  const http = createHttpClient({ ...core, scheduler: runtime.scheduler, logger, runtime, version: VERSION });
  try {
    const { json } = await http.getSnapshot({ timeout: core.initTimeout });
    // Checked, and passed on as it came: what this version does not know, a newer one may.
    decodeSnapshot(structuredClone(json), say);
    return { snapshot: json as WireSnapshot, from: core.baseUrl, note: say };
  } catch (error) {
    throw withoutKey(error, core.sdkKey);
  } finally {
    http.close();
  }
}

/** So many flags, in words. */
export function countFlags(count: number): string {
  return count === 1 ? "1 flag" : `${count} flags`;
}
