import type { Flag } from "../contract/flag.ts";
import type { EventProcessor } from "../events/event-processor.ts";
import type { WaitUntil } from "../runtime/runtime.ts";
import type { FlagSet } from "../store/flag-set.ts";
import type { ClientStatus } from "./status.ts";
import type { IsNews } from "../runtime/once.ts";
import type { CoreOptions } from "./resolve-options.ts";
import type { Share, Ticket } from "./share.ts";

/** How long a call may wait, in ms. */
export interface TimeoutOptions {
  /** In ms, finite and at least 1; each call says what holds without it. */
  readonly timeout?: number | undefined;
}

/** What one wait for flags brings along. */
export interface InitializationOptions extends TimeoutOptions {
  /** Keeps a refresh alive behind the response: the handle's own, else its request's. */
  readonly waitUntil?: WaitUntil | undefined;
}

/** What stands behind handles: one SDK key's flags and events, and what keeps them going (contract §6). */
export interface Core {
  /** What is served; `null` while there is nothing. */
  readonly flags: FlagSet | null;
  readonly events: EventProcessor;
  /** A method, as the others' are: on V8 an object that is written with a getter is slow to read. */
  status(): ClientStatus;
  /** What later handles are compared with. The bootstrap is not kept: it may be large, or refer back to a handle. */
  readonly options: Omit<CoreOptions, "bootstrap">;
  /** What handles warn about is said by one of them, once. */
  readonly isNews: IsNews;
  /** The wall clock, in ms since the epoch. */
  now(): number;
  /** Takes a handle in. */
  attach(share: Share): Ticket;
  /** Someone has begun to listen to a handle, or has ceased to. */
  listenersChanged(share: Share): void;
  /** Lets a handle go; the last one ends the core, within `timeout` ms. Settles when that is done, also when called again. */
  release(ticket: Ticket, timeout?: number): Promise<void>;
  /** Lets a handle go that was dropped: called outside of any request, where there may be no I/O. */
  drop(ticket: Ticket): void;
  /** Settles when there are flags, or the handle has gone; rejects when none could be had. */
  waitForInitialization(ticket: Ticket, options: InitializationOptions): Promise<void>;
  refresh(): Promise<void>;
  /** Serves a flag from now on: how a test client's are set. */
  put(flag: Flag): void;
}
