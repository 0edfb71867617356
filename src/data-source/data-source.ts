import type { WaitUntil } from "../runtime/runtime.ts";
import type { EffectiveMode } from "../store/flag-state.ts";

/** What one request brings along when it asks for fresh flags. */
export interface FreshnessOptions {
  /** How long the request can wait, in ms; 3,000, which is also the most, by default. */
  readonly timeout?: number | undefined;
  /** What keeps a refresh alive behind the request's response. */
  readonly waitUntil?: WaitUntil | undefined;
}

/** What fills the store; `auto` and the options pick one. None of its methods throws synchronously. */
export interface DataSource {
  /** The mode it was made for; the flag state's `modeChanged` tells what follows. */
  readonly mode: EffectiveMode;
  /** Begins to work; called once, never at module scope of a Worker. */
  start(): void;
  /** Fetches now; settles when the answer is applied, rejects when it was refused or did not come. */
  refresh(): Promise<void>;
  /**
   * On demand only, called within every request (contract §6.1): settles at once when what is stored can be used, and
   * otherwise when it has been loaded. Rejects when nothing is stored and nothing could be loaded.
   */
  ensureFresh?(options?: FreshnessOptions): Promise<void>;
  /** Ends all timers and connections; nothing is applied afterwards. */
  close(): void;
}
