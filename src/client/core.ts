import type { EventProcessor } from "../events/event-processor.ts";
import type { EvaluationContext } from "../evaluation/evaluation-context.ts";
import type { FlagSet } from "../store/flag-set.ts";
import type { ClientStatus } from "./client-status.ts";
import type { Share } from "./share.ts";

/** How long a call may wait, in ms. */
export interface TimeoutOptions {
  readonly timeout?: number | undefined;
}

/** What stands behind a handle: flags, events, and what keeps them going. */
export interface Core {
  /** What is served; `null` while there is nothing. */
  readonly flags: FlagSet | null;
  readonly events: EventProcessor;
  readonly status: ClientStatus;
  /** Attributes under every context. */
  readonly defaultContext: EvaluationContext | undefined;
  /** The wall clock, in ms since the epoch. */
  now(): number;
  /** Warns once of each `topic`. */
  warnOnce(topic: string, message: string): void;
  /** Takes a handle in; the number is its ticket for {@linkcode release}. */
  attach(share: Share): number;
  /** Lets a handle go; the last one ends the core. Settles when that is done. */
  release(ticket: number, options?: TimeoutOptions): Promise<void>;
  waitForInitialization(share: Share, options?: TimeoutOptions): Promise<void>;
  refresh(): Promise<void>;
}
