import type { FeatureflipError } from "../errors/featureflip-error.ts";
import { asFailure } from "./as-failure.ts";
import type { DataSourceContext } from "./create-data-source.ts";
import type { DataSource } from "./data-source.ts";
import { createFlagUpdater } from "./flag-updater.ts";
import { createRefusalLog } from "./refusal-log.ts";
import { createSnapshotLoader } from "./snapshot-loader.ts";
import { warnOnce } from "./warn-once.ts";

/** Fetches when `refresh()` is called, and never of its own accord. */
export function createManualSource(context: DataSourceContext): DataSource {
  const { sink, runtime, logger } = context;
  const warn = warnOnce(logger);
  const logRefusal = createRefusalLog(logger);

  function onFailed(error: FeatureflipError): void {
    sink.fail(error);
    logRefusal(error);
  }

  if (runtime.canShareInFlight) {
    const updater = createFlagUpdater({ ...context, warn, onFetched() {}, onFailed });
    return {
      mode: "manual",
      start() {},
      async refresh() {
        await updater.fetchSnapshot("fetch");
      },
      close: updater.close,
    };
  }
  const loader = createSnapshotLoader(context, warn);
  return {
    mode: "manual",
    start() {},
    async refresh() {
      try {
        const { stored } = await loader.load();
        await stored;
      } catch (error) {
        onFailed(asFailure(error));
        throw error;
      }
    },
    close: loader.close,
  };
}
