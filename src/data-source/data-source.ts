import type { HttpClient } from "../http/http-client.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Runtime, WaitUntil } from "../runtime/runtime.ts";
import type { Scheduler } from "../runtime/scheduler.ts";
import type { StoreLoader } from "../shared-store/snapshot-loader.ts";
import type { DataSink, EffectiveMode } from "../store/flag-state.ts";

/** How the caller wants flags kept current (contract §7). */
export type DataSourceMode = "auto" | "streaming" | "polling" | "lazy" | "manual";

/** The options of data sources (contract §7), with their defaults filled in; times in ms. */
export interface DataSourceOptions {
  readonly mode: DataSourceMode;
  readonly pollInterval: number;
  readonly pollAfterFailures: number;
  readonly maxAge: number;
  readonly maxStale: number;
}

/** What a data source depends on. */
export interface DataSourceContext {
  readonly http: HttpClient;
  readonly sink: DataSink;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  /** The shared store, if there is one (contract §8). */
  readonly shared?: StoreLoader | undefined;
  readonly runtime: Pick<Runtime, "hasBackground">;
}

/** Options of {@linkcode DataSource.ensureFresh}, which differ from request to request. */
export interface FreshnessOptions {
  /** How long the request can wait, in ms; 3,000 by default and at most. */
  readonly timeout?: number | undefined;
  /** Keeps a refresh alive after the request's response. */
  readonly waitUntil?: WaitUntil | undefined;
}

/** Keeps the flag state current; `auto` and the options select one. None of its methods throws synchronously. */
export interface DataSource {
  /** The mode it was created for; later changes go to the sink's `modeChanged`. */
  readonly mode: EffectiveMode;
  /** Starts the work. Called once, never at module scope of a Worker. */
  start(): void;
  /** Fetches now. Settles when the response is applied; rejects when it was refused or did not arrive. */
  refresh(): Promise<void>;
  /**
   * On-demand sources only, called within every request (contract §6.1): settles at once when the stored flags can be
   * used, and otherwise when flags have been loaded. Rejects when there are none and none could be loaded.
   */
  ensureFresh?(options?: FreshnessOptions): Promise<void>;
  /** Ends all timers and connections; nothing is applied afterwards. */
  close(): void;
}
