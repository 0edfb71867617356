import { PayloadError } from "../../contract/payload-error.ts";
import type { SdkEvent } from "../../contract/sdk-event.ts";
import type { Snapshot } from "../../contract/snapshot.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { Scheduler } from "../../runtime/scheduler.ts";
import { EventStreams } from "../../server/api/event-streams.ts";
import { createLocalApi } from "../../server/api/evaluation-api.ts";
import { readEnvironment } from "../../server/environment/read-environment.ts";
import type { EnvironmentFile, EvaluationApi, Servable } from "../../server/mod.ts";
import { countFlags } from "../load-snapshot.ts";
import { CliError } from "../terminal.ts";
import type { FlagFile } from "./flag-file.ts";
import { addPageRoutes } from "./page-routes.ts";
import { saveChange } from "./save-change.ts";

/** Options of {@linkcode createDevServer}. */
export interface DevServerOptions {
  readonly file: FlagFile;
  readonly sdkKey: string;
  /** The host names that are served; this machine's own by default. */
  readonly hosts?: readonly string[] | undefined;
  /** Whether the write token is put in the page: only where no other machine can request it. */
  readonly isTokenInPage: boolean;
  /** Receives what happens, for people. */
  readonly logger: Logger;
  readonly scheduler: Scheduler;
}

/** The local Evaluation API of a file, with its page. */
export interface DevServer extends Servable {
  readonly api: EvaluationApi;
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
  readonly events: readonly SdkEvent[];
}

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
  const { file, sdkKey, hosts, isTokenInPage, logger, scheduler } = options;
  const pages = new EventStreams({
    pingInterval: 15_000,
    maxStreams: 100,
    maxBacklogBytes: MAX_BACKLOG_BYTES,
    scheduler,
  });
  let problem: string | null = null;
  const content = await file.read();
  const { api, app, environment } = namingFile(
    file,
    () =>
      createLocalApi({ environment: content as EnvironmentFile, sdkKey, hosts, logger, scheduler }, {
        onChange,
        onEvents: (events) => pages.send("events", events),
        onStreams: (open) => pages.send("clients", open),
      }),
  );
  let snapshot = environment.snapshot;

  function onChange(event: string, data: unknown): void {
    const before = snapshot;
    snapshot = environment.snapshot;
    pages.send("snapshot", snapshot);
    if (event === "sync") return;
    const save = (text: string, content: unknown): string => {
      // Nothing is saved in an invalid file: its author has to fix it first.
      namingFile(file, () => readEnvironment(content, () => {}));
      return saveChange(text, content, event, data, before);
    };
    file.edit(save)
      .then(() => report(null), (error: Error) => report(`${error.message}: change not saved`));
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
    snapshot,
    clients: api.openStreams,
    events: api.events.slice(-EVENTS_SHOWN),
  });
  await addPageRoutes(app, {
    environment,
    openStream: () => pages.open("state", JSON.stringify(state())),
    token: isTokenInPage ? api.writeToken : "",
  });

  const unwatch = file.watch((content, error) => {
    if (error !== undefined) return report(`${error.message}: keeping the previous flags`);
    try {
      namingFile(file, () => api.replace(content as EnvironmentFile));
      report(null);
      logger.info(`${file.path} changed: ${countFlags(snapshot.flags.length)}`);
    } catch (error) {
      report(`${(error as Error).message}: keeping the previous flags`);
    }
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

/** Adds the file's name to an error. */
function namingFile<T>(file: FlagFile, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof PayloadError) throw new CliError(`${file.path}: ${error.message}`);
    throw error;
  }
}
