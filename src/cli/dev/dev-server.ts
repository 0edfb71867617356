import { HTTPException } from "hono/http-exception";
import { PayloadError } from "../../contract/payload-error.ts";
import type { Snapshot } from "../../contract/snapshot.ts";
import type { SdkEvent } from "../../contract/wire.ts";
import { isLoopbackAddress } from "../../http/http-client.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { Scheduler } from "../../runtime/scheduler.ts";
import { createLocalApi } from "../../server/api/evaluation-api.ts";
import { EventStreams } from "../../server/api/event-streams.ts";
import { encodeEvent } from "../../server/http/body.ts";
import type { EnvironmentFile, EvaluationApi, Servable } from "../../server/mod.ts";
import { countFlags } from "../load-snapshot.ts";
import { didYouMean } from "../parse-arguments.ts";
import { CliError } from "../terminal.ts";
import { saveChange } from "./flag-file.ts";
import type { FlagFile, SavedChange } from "./flag-file.ts";
import { addPageRoutes } from "./page-routes.ts";

/** Options of {@linkcode createDevServer}. */
export interface DevServerOptions {
  readonly file: FlagFile;
  readonly sdkKey: string;
  /** The token that changes require; a random one by default. */
  readonly writeToken?: string | undefined;
  /** The host names that are served; this machine's own by default. */
  readonly hosts?: readonly string[] | undefined;
  /** Whether the write token is put in the page when this machine requests it. */
  readonly isTokenInPage: boolean;
  /** Receives what happens, for people. */
  readonly logger: Logger;
  readonly scheduler: Scheduler;
}

/** The local Evaluation API of a file, with its page. */
export interface DevServer extends Servable {
  readonly api: EvaluationApi;
}

/** An event as a page shows it. */
interface PageEvent extends SdkEvent {
  readonly hint?: string;
}

/** The state that a page receives first. */
interface PageState {
  readonly file: string;
  readonly sdkKey: string;
  /** The problem with the file; `null` without one. */
  readonly problem: string | null;
  readonly snapshot: Snapshot;
  readonly clients: number;
  /** The newest events, oldest first. */
  readonly events: readonly PageEvent[];
}

/** The key for pages and apps: it opens OFREP alone, and sees all flags. */
export const CLIENT_KEY = "client-local";

/** The largest number of events that a page shows. */
const EVENTS_SHOWN = 500;

/** Whole environments may be queued for a slow page. */
const MAX_BACKLOG_BYTES = 64 * 2 ** 20;

/**
 * Creates the local Evaluation API of a file. It follows the file, and saves changes made in the page or under `/v1/local`
 * there.
 *
 * @throws {CliError} naming the file, the path in it, and the reason.
 */
export async function createDevServer(options: DevServerOptions): Promise<DevServer> {
  const { file, sdkKey, writeToken, hosts, isTokenInPage, logger, scheduler } = options;
  const pages = new EventStreams({
    pingInterval: 15_000,
    maxStreams: 100,
    maxBacklogBytes: MAX_BACKLOG_BYTES,
    scheduler,
  });
  let problem: string | null = null;
  /** The change that is being saved: its event, and the snapshot before it. */
  let saving: { change?: SavedChange; readonly before: Snapshot } | undefined;
  const content = await file.read((message) => logger.warn(message));
  const { api, app, environment } = namingFile(
    file,
    () =>
      createLocalApi({
        environment: content as EnvironmentFile,
        sdkKeys: [sdkKey],
        clientKeys: [CLIENT_KEY],
        flags: () => true,
        rateLimit: false,
        writeToken,
        hosts,
        logger,
        scheduler,
      }, {
        onChange(event, data) {
          if (saving !== undefined) saving.change = { event, data };
        },
        onEvents: (events) => pages.send("events", events.map(withHint)),
        onStreams: (open) => pages.send("clients", open),
        write,
        ofrep: { allowsOrigin: isLoopbackOrigin },
      }),
  );

  /** Makes a change of the environment and saves it in the file, in one turn: an answered change is saved. */
  async function write<T>(change: () => T): Promise<T> {
    try {
      const result = await file.change(({ text, content }) => {
        saving = { before: environment.snapshot };
        try {
          const result = change();
          const saved = saving.change === undefined
            ? { text }
            : saveChange(text, content, saving.change, saving.before);
          return { ...saved, result };
        } finally {
          saving = undefined;
        }
      });
      report(null);
      return result;
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      const message = `${error.message}: change not saved`;
      report(message);
      throw new HTTPException(409, { message });
    } finally {
      pages.send("snapshot", environment.snapshot);
    }
  }

  /** Marks an evaluation of a flag that does not exist: the commonest mistake is a typing mistake. */
  function withHint(event: SdkEvent): PageEvent {
    if (event.type !== "Evaluation" || environment.flag(event.flagKey) !== undefined) return event;
    const keys = environment.snapshot.flags.map(({ key }) => key);
    return { ...event, hint: `unknown flag${didYouMean(event.flagKey, keys)}` };
  }

  function report(found: string | null): void {
    if (found === problem) return;
    problem = found;
    pages.send("problem", problem);
    if (problem !== null) logger.warn(problem);
  }

  const state = (): PageState => ({
    file: file.path,
    sdkKey,
    problem,
    snapshot: environment.snapshot,
    clients: api.openStreams,
    events: api.events.slice(-EVENTS_SHOWN).map(withHint),
  });
  await addPageRoutes(app, {
    environment,
    write,
    scheduler,
    openStream: () => pages.isFull() ? undefined : pages.open(encodeEvent("state", JSON.stringify(state()))),
    token: isTokenInPage ? api.writeToken : "",
  });

  const unwatch = file.watch({
    onContent(content) {
      namingFile(file, () => environment.replace(content));
      pages.send("snapshot", environment.snapshot);
      report(null);
      logger.info(`${file.path} changed: ${countFlags(environment.snapshot.flags.length)}`);
    },
    onError: (error) => report(`${error.message}: keeping the previous flags`),
  });

  return {
    api,
    fetch: api.fetch,
    close() {
      unwatch();
      pages.close();
      api.close();
    },
  };
}

/** Whether a page is served by this machine: by a development server, say. */
function isLoopbackOrigin(origin: string): boolean {
  return URL.canParse(origin) && isLoopbackAddress(new URL(origin).hostname.replaceAll(/[[\]]/g, ""));
}

/** Adds the file's name to an error. */
function namingFile<T>(file: FlagFile, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof PayloadError) throw new CliError(`${file.path}: ${error.message}`);
    throw error;
  }
}
