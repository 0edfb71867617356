import type { Logger } from "../runtime/logger.ts";
import type { ClientStatus } from "./client-status.ts";
import { log } from "./log.ts";
import type { Share } from "./share.ts";

/** A share as the core holds it. */
interface Held {
  deref(): Share | undefined;
}

/**
 * The shares of the handles that are alive. They are held weakly where the runtime can: neither a listener nor a logger
 * that refers back to its handle keeps that handle, and with it the connection, alive (contract §6).
 */
export class ShareSet {
  readonly #held = new Map<number, Held>();
  #tickets = 0;
  /** The one that went last: its logger hears what is still to be said once all have gone. */
  #last: Held | undefined;

  /** Speaks to the loggers of all handles, to each once. */
  readonly logger: Logger = {
    debug: (message) => this.#log("debug", message),
    info: (message) => this.#log("info", message),
    warn: (message) => this.#log("warn", message),
    error: (message) => this.#log("error", message),
  };

  /** How many handles are alive. */
  get size(): number {
    return this.#held.size;
  }

  /** Takes a share in; the number is its ticket for {@linkcode delete}. */
  add(share: Share): number {
    const ticket = ++this.#tickets;
    this.#held.set(ticket, typeof WeakRef === "function" ? new WeakRef(share) : { deref: () => share });
    return ticket;
  }

  /** Lets a share go; `false` when it had gone before. */
  delete(ticket: number): boolean {
    this.#last = this.#held.get(ticket) ?? this.#last;
    return this.#held.delete(ticket);
  }

  hasUpdateListeners(): boolean {
    return this.#shares().some((share) => share.updateListeners.size > 0);
  }

  hasStatusListeners(): boolean {
    return this.#shares().some((share) => share.statusListeners.size > 0);
  }

  notifyUpdate(keys: readonly string[]): void {
    for (const share of this.#shares()) notify(share.updateListeners, keys, share.logger);
  }

  notifyStatus(status: ClientStatus): void {
    for (const share of this.#shares()) notify(share.statusListeners, status, share.logger);
  }

  #log(level: keyof Logger, message: string): void {
    const shares = this.size > 0 ? this.#shares() : [this.#last?.deref()];
    for (const logger of new Set(shares.map((share) => share?.logger))) {
      if (logger !== undefined) log(logger, level, message);
    }
  }

  #shares(): Share[] {
    return [...this.#held.values()].map((held) => held.deref()).filter((share) => share !== undefined);
  }
}

/** Tells each listener; one that throws hurts nobody else. */
function notify<T>(listeners: Iterable<(event: T) => void>, event: T, logger: Logger): void {
  for (const listener of [...listeners]) {
    try {
      listener(event);
    } catch (error) {
      log(logger, "warn", `A listener failed: ${error instanceof Error ? error.message : typeof error}`);
    }
  }
}
