import { FeatureflipError } from "../errors/featureflip-error.ts";
import { createBackgroundSource } from "./streaming.ts";
import type { DataSource, DataSourceContext, DataSourceOptions } from "./data-source.ts";
import { createOnDemandSource } from "./on-demand.ts";

/**
 * Creates the source of a client that receives nothing. A test client's `refresh()` succeeds: code under test need not
 * know that there is nothing to fetch.
 */
export function createIdleSource(mode: "offline" | "test"): DataSource {
  return {
    mode,
    start() {},
    refresh() {
      if (mode === "test") return Promise.resolve();
      return Promise.reject(
        new FeatureflipError("REQUEST_FAILED", `Cannot refresh flags: the mode is "offline"`),
      );
    },
    close() {},
  };
}

/** Creates the source of a client that receives flags, as far as the runtime supports the mode (contract §7). */
export function createDataSource(context: DataSourceContext, options: DataSourceOptions): DataSource {
  const { mode } = options;
  const { hasBackground } = context.runtime;
  const source = !hasBackground || mode === "lazy"
    ? createOnDemandSource(context, options)
    : createBackgroundSource(context, options);
  // A poll source that is never started fetches only on request.
  if (mode === "manual") {
    return { mode, start() {}, refresh: () => source.refresh(), close: () => source.close() };
  }
  if (hasBackground || mode === "auto" || mode === "lazy") return source;
  return {
    mode: source.mode,
    start() {
      const reason =
        `"${mode}" needs timers and sockets that outlive a request, which this runtime does not offer`;
      context.logger.info(`Using mode "lazy": ${reason}`);
      context.sink.modeChanged("lazy", reason);
    },
    refresh: () => source.refresh(),
    ensureFresh: (freshness) => source.ensureFresh!(freshness),
    close: () => source.close(),
  };
}
