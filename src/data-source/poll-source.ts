import type { DataSourceContext, DataSourceOptions } from "./create-data-source.ts";
import type { DataSource } from "./data-source.ts";
import { createFlagUpdater } from "./flag-updater.ts";
import { createOutageLog } from "./outage-log.ts";
import { createPoller } from "./poller.ts";
import { warnOnce } from "./warn-once.ts";

/** Keeps flags current by asking every `pollInterval` (contract §4). */
export function createPollSource(
  context: DataSourceContext,
  { pollInterval }: Pick<DataSourceOptions, "pollInterval">,
): DataSource {
  const { sink, scheduler, logger, shared } = context;
  const outage = createOutageLog(logger, sink);
  const updater = createFlagUpdater({
    ...context,
    warn: warnOnce(logger),
    maxAge: pollInterval,
    onFetched: outage.recovered,
    onFailed: outage.failed,
  });
  const poller = createPoller({
    scheduler,
    interval: pollInterval,
    poll: () => updater.fetchSnapshot("poll"),
    isLoaded: () => sink.hasSnapshot(),
  });
  let unwatch = (): void => {};
  return {
    mode: "polling",
    start() {
      poller.start();
      unwatch = shared?.watch(() => void updater.readStore()) ?? unwatch;
    },
    async refresh() {
      await updater.fetchSnapshot("fetch");
    },
    close() {
      unwatch();
      poller.stop();
      updater.close();
    },
  };
}
