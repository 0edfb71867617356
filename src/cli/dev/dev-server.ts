import { PayloadError } from "../../contract/payload-error.ts";
import type { SdkEvent } from "../../contract/sdk-event.ts";
import type { Snapshot } from "../../contract/snapshot.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { Scheduler } from "../../runtime/scheduler.ts";
import { EventStreams } from "../../server/api/event-streams.ts";
import { createLocalApi } from "../../server/api/local-api.ts";
import { readEnvironment } from "../../server/environment/read-environment.ts";
import type { EnvironmentFile, EvaluationApi, Servable } from "../../server/mod.ts";
import { countFlags } from "../load-snapshot.ts";
import { CliError } from "../terminal.ts";
import type { FlagFile } from "./flag-file.ts";
import { addPageRoutes } from "./page-routes.ts";
import { saveChange } from "./save-change.ts";

/** What {@linkcode createDevServer} works with. */
export interface DevServerOptions {
  readonly file: FlagFile;
  readonly sdkKey: string;
  /** The names under which it is reached; this machine's own by default. */
  readonly hosts?: readonly string[] | undefined;
  /** Whether the page brings the write token along: only where nobody but this machine can ask for it. */
  readonly isTokenInPage: boolean;
  /** Is told what happens, in words for people. */
  readonly logger: Logger;
  readonly scheduler: Scheduler;
}

/** The local Evaluation API of a file, with its page. */
export interface DevServer extends Servable {
  readonly api: EvaluationApi;
}

/** Everything that the page shows and no event has told it yet. */
interface PageState {
  readonly file: string;
  readonly sdkKey: string;
  /** What is wrong with the file; `null` while nothing is. */
  readonly problem: string | null;
  readonly snapshot: Snapshot;
  readonly clients: number;
  /** The newest events, oldest first. */
  readonly events: readonly SdkEvent[];
}

/** How many events a page shows at most. */
const EVENTS_SHOWN = 500;

/** A page that reads slowly may have whole environments waiting. */
const MAX_BACKLOG_BYTES = 64 * 2 ** 20;

/**
 * Makes the local Evaluation API of a file: what changes there changes here, and what is changed here, in the page or
 * under `/v1/local`, is saved there.
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
  const { api, app, environment } = explain(
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
      // A file that can't be served is its author's to repair first.
      explain(file, () => readEnvironment(content, () => {}));
      return saveChange(text, content, event, data, before);
    };
    file.edit(save)
      .then(() => report(null), (error: Error) => report(`${error.message}: the change is not saved`));
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
    if (error !== undefined) return report(`${error.message}: the flags are as they were`);
    try {
      explain(file, () => api.replace(content as EnvironmentFile));
      report(null);
      logger.info(`${file.path} has changed: ${countFlags(snapshot.flags.length)}`);
    } catch (error) {
      report(`${(error as Error).message}: the flags are as they were`);
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

/** Names the file that an error is about. */
function explain<T>(file: FlagFile, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof PayloadError) throw new CliError(`${file.path}: ${error.message}`);
    throw error;
  }
}
