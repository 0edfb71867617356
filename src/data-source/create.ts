import { FeatureflipError } from "../errors/featureflip-error.ts";
import type { HttpClient } from "../http/http-client.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Scheduler } from "../runtime/scheduler.ts";
import type { GuardedStore } from "../shared-store/guarded-store.ts";
import type { DataSink } from "../store/flag-state.ts";
import type { DataSource } from "./data-source.ts";
import { createOnDemandSource } from "./on-demand.ts";
import { createPollSource } from "./polling.ts";
import { createStreamSource } from "./streaming.ts";

/** How the caller wants flags kept current (contract §7); `"test"` is a test client's. */
export type DataSourceMode = "auto" | "streaming" | "polling" | "lazy" | "manual" | "offline" | "test";

/** What a data source works with. */
export interface DataSourceContext {
  readonly http: HttpClient;
  readonly sink: DataSink;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  /** The shared store, if there is one (contract §8). */
  readonly shared?: GuardedStore | undefined;
  readonly runtime: Pick<Runtime, "hasBackground">;
}

/** The options that data sources know (contract §7), their defaults filled in; times in ms. */
export interface DataSourceOptions {
  readonly mode: DataSourceMode;
  readonly pollInterval: number;
  readonly maxStreamRetries: number;
  readonly maxAge: number;
}

/** Makes the source of a client that is told nothing. Code under test need not know that there is nothing to fetch. */
function createIdleSource(mode: "offline" | "test"): DataSource {
  return {
    mode,
    start() {},
    refresh() {
      if (mode === "test") return Promise.resolve();
      const message = "An offline client has nowhere to fetch flags from";
      return Promise.reject(new FeatureflipError("REQUEST_FAILED", message));
    },
    close() {},
  };
}

/** Picks the data source for a mode, as far as the runtime can carry it (contract §7). */
export function createDataSource(context: DataSourceContext, options: DataSourceOptions): DataSource {
  const { mode } = options;
  if (mode === "offline" || mode === "test") return createIdleSource(mode);
  const { hasBackground } = context.runtime;
  const source = !hasBackground || mode === "lazy"
    ? createOnDemandSource(context, options)
    : mode === "polling" || mode === "manual"
    ? createPollSource(context, options)
    : createStreamSource(context, options);
  // Unstarted it has no rhythm of its own, and fetches when it is told to.
  if (mode === "manual") return { mode, start() {}, refresh: source.refresh, close: source.close };
  if (hasBackground || mode === "auto" || mode === "lazy") return source;
  return {
    ...source,
    start() {
      const reason = `${mode} needs a background, and on this runtime a request is all there is`;
      context.logger.info(`The mode is lazy: ${reason}`);
      context.sink.modeChanged("lazy", reason);
    },
  };
}
