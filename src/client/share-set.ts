import type { Logger } from "../runtime/logger.ts";
import { log } from "./log.ts";
import type { ClientListeners, Share } from "./share.ts";

/** A share as the core holds it. */
interface Held {
  deref(): Share | undefined;
}

/**
 * The shares of the handles that are alive. They are held weakly where the runtime can: no logger that refers back to its
 * handle keeps that handle, and with it the connection, alive (contract §6). A handle that is listened to is in use, and
 * kept: whoever awaits what a listener tells may be reachable through that listener alone.
 */
export class ShareSet {
  readonly #held = new Map<number, Held>();
  readonly #listenedTo = new Set<Share>();
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

  /** Keeps a share as long as somebody listens to its handle, as an open `EventSource` is kept. */
  listenersChanged(share: Share): void {
    const { update, status } = share.listeners;
    if (update.size + status.size > 0) this.#listenedTo.add(share);
    else this.#listenedTo.delete(share);
  }

  isListenedTo(event: keyof ClientListeners): boolean {
    return [...this.#listenedTo].some((share) => share.listeners[event].size > 0);
  }

  /** Tells each listener; one that throws hurts nobody else. */
  notify<E extends keyof ClientListeners>(event: E, news: Parameters<ClientListeners[E]>[0]): void {
    for (const { listeners, logger } of [...this.#listenedTo]) {
      for (const listener of [...listeners[event]] as ((news: unknown) => void)[]) {
        try {
          listener(news);
        } catch (error) {
          log(logger, "warn", `A listener failed: ${error instanceof Error ? error.message : typeof error}`);
        }
      }
    }
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
