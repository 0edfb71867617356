import type { Flag } from "../../contract/flag.ts";
import { isKeyRejected } from "../../errors/request-error.ts";
import type { EvaluationContext } from "../../evaluation/evaluation-context.ts";
import type { Outcome } from "../../evaluation/outcome.ts";
import { withoutKey } from "../../http/redact.ts";
import type { Warn } from "../../runtime/logger.ts";
import type { Scheduler } from "../../runtime/scheduler.ts";
import { FlagState } from "../../store/flag-state.ts";
import type { ServedFlags } from "../api/app.ts";
import type { Announce } from "../environment/environment.ts";
import { findUpdates } from "./find-updates.ts";
import type { RelayUpstreamStatus } from "./status.ts";

/** Options of {@linkcode RelayedFlags}; times in ms. */
export interface RelayedFlagsOptions {
  readonly sdkKey: string;
  readonly pollInterval: number;
  readonly maxAge: number;
  readonly scheduler: Scheduler;
  readonly warn: Warn;
  /** Called with every change, as an event of the stream. */
  readonly announce: Announce;
}

/** The flags from upstream: a data source fills them, the routes serve them. */
export class RelayedFlags implements ServedFlags {
  /** Where the data source puts what it learns, as in a client's core. */
  readonly store: FlagState;
  #json: string | undefined;

  /** Makes a place for flags; there are none yet. */
  constructor({ sdkKey, scheduler, announce, ...options }: RelayedFlagsOptions) {
    this.store = new FlagState({
      ...options,
      redact: (error) => withoutKey(error, sdkKey),
      isKeyRejected,
      now: () => scheduler.now(),
      onChange: (before) => {
        const { flags } = this.store;
        if (flags === null || flags === before) return;
        this.#json = undefined;
        if (before === null) return; // without flags, no stream is open yet
        const updates = findUpdates(before, flags);
        if (updates === null) announce("sync", flags.toSnapshot());
        else for (const { event, data } of updates) announce(event, data);
      },
    });
  }

  /** The status of upstream at this moment (contract §6.2). */
  get status(): RelayUpstreamStatus {
    const { state, mode, version, age, lastError } = this.store.status;
    return {
      state,
      mode,
      ...(version !== undefined && { version }),
      ...(age !== undefined && { age }),
      ...(lastError !== undefined && { lastError }),
    };
  }

  /** Whether upstream has recently confirmed the flags. */
  get isCurrent(): boolean {
    return this.store.status.state === "READY";
  }

  get json(): string | undefined {
    const { flags } = this.store;
    return flags === null ? undefined : this.#json ??= JSON.stringify(flags.toSnapshot());
  }

  flag(key: string): Flag | undefined {
    return this.store.flags?.get(key);
  }

  evaluate(key: string, context: EvaluationContext): Outcome | undefined {
    return this.store.flags?.evaluate(key, context);
  }
}
