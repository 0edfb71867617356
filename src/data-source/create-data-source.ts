import type { HttpClient } from "../http/http-client.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Scheduler } from "../runtime/scheduler.ts";
import type { DataSink, DataSource } from "./data-source.ts";

/** How the caller wants flags kept current (contract §7); `offline` needs no data source. */
export type DataSourceMode = "auto" | "streaming" | "polling" | "lazy" | "manual";

/** What a data source works with. */
export interface DataSourceContext {
  readonly http: HttpClient;
  readonly sink: DataSink;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly runtime: Pick<Runtime, "hasBackground" | "canShareInFlight">;
}

/** The options that data sources know (contract §7), their defaults filled in; times in ms. */
export interface DataSourceOptions {
  readonly mode: DataSourceMode;
  readonly pollInterval: number;
  readonly maxStreamRetries: number;
  readonly maxAge: number;
}

/** Picks the data source for a mode, as far as the runtime can carry it (contract §7). */
export declare function createDataSource(context: DataSourceContext, options: DataSourceOptions): DataSource;
