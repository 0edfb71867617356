import type { DataSourceContext, DataSourceOptions } from "./create.ts";
import type { DataSource } from "./data-source.ts";
import { createFlagUpdater } from "./flag-updater.ts";
import { createPoller } from "./poller.ts";
import { createSourceLog } from "./outage-reporter.ts";

/** Keeps flags current by asking every `pollInterval` (contract §4). */
export function createPollSource(
  context: DataSourceContext,
  { pollInterval }: Pick<DataSourceOptions, "pollInterval">,
): DataSource {
  const { shared } = context;
  const log = createSourceLog(context);
  const updater = createFlagUpdater(context, { log, maxAge: pollInterval, onFetched: log.recovered });
  const poller = createPoller(context, pollInterval, updater.poll);
  let unwatch = (): void => {};
  return {
    mode: "polling",
    start() {
      poller.start();
      unwatch = shared?.watch(() => void updater.readStore()) ?? unwatch;
    },
    refresh: updater.refresh,
    close() {
      unwatch();
      poller.stop();
      updater.close();
    },
  };
}
