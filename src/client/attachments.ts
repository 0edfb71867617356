import { messageOf } from "../errors/format.ts";
import { callGuarded, log } from "../runtime/logger.ts";
import type { Logger } from "../runtime/logger.ts";
import type { WaitUntil } from "../runtime/runtime.ts";
import type { ClientStatus } from "./status.ts";

/**
 * The shares of the handles that are alive. They are held weakly where the runtime can: no logger that refers back to its
 * handle keeps that handle, and with it the connection, alive (contract §6). A handle that is listened to is in use, and
 * kept: whoever awaits what a listener tells may be reachable through that listener alone.
 */
export class ShareSet {
  readonly #held = new Set<Ticket>();
  readonly #listenedTo = new Set<Share>();
  /** The one that went last: its logger hears what is still to be said once all have gone. */
  #last: Ticket | undefined;

  /** Speaks to the loggers of all handles, to each once. */
  declare readonly logger: Logger;

  /** Makes a set; `edit` has the last word on what loggers are told. */
  constructor(edit: (message: string) => string) {
    const say = (level: keyof Logger) => (message: string): void => {
      const tickets = this.size > 0 ? [...this.#held] : [this.#last];
      for (const logger of new Set(tickets.map((ticket) => ticket?.deref()?.logger))) {
        if (logger !== undefined) log(logger, level, edit(message));
      }
    };
    this.logger = { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") };
  }

  /** How many handles are alive. */
  get size(): number {
    return this.#held.size;
  }

  /** Takes a share in; its ticket is what {@linkcode delete} takes. */
  add(share: Share): Ticket {
    const ticket = typeof WeakRef === "function" ? new WeakRef(share) : { deref: () => share };
    this.#held.add(ticket);
    return ticket;
  }

  has(ticket: Ticket): boolean {
    return this.#held.has(ticket);
  }

  /** Lets a share go; `false` when it had gone before. */
  delete(ticket: Ticket): boolean {
    this.#last = ticket;
    return this.#held.delete(ticket);
  }

  /** Keeps a share as long as somebody listens to its handle, as an open `EventSource` is kept. */
  listenersChanged(share: Share): void {
    const { update, status } = share.listeners;
    if (update.size + status.size > 0) this.#listenedTo.add(share);
    else this.#listenedTo.delete(share);
  }

  /** Tells each listener what `read` finds, unless that is nothing; one that throws hurts nobody else. */
  notify<E extends keyof ClientListeners>(
    event: E,
    read: () => Parameters<ClientListeners[E]>[0] | undefined,
  ): void {
    const listening = [...this.#listenedTo].filter((share) => share.listeners[event].size > 0);
    // Reading costs as much as decoding did: only for those who listen.
    const news = listening.length > 0 ? read() : undefined;
    if (news === undefined) return;
    for (const { listeners, logger } of listening) {
      for (const listener of [...listeners[event]] as ((news: unknown) => void)[]) {
        callGuarded(
          () => listener(news),
          (error) => logger.warn(`A listener failed: ${messageOf(error)}`),
        );
      }
    }
  }
}

/** Told of the keys of flags whose outcome may differ from now on. */
export type UpdateListener = (keys: readonly string[]) => void;

/** Told of the client's new status. */
export type StatusListener = (status: ClientStatus) => void;

/** What {@linkcode FeatureflipClient.on} tells of, and to whom. */
export interface ClientListeners {
  /** The keys of flags whose outcome may differ, once per applied change; not for the first flags. */
  readonly update: UpdateListener;
  /** The client's status, whenever its state, its mode or its last error changes. */
  readonly status: StatusListener;
}

/** What one handle brings to the core it shares with others (contract §6), and takes along when it goes. */
export interface Share {
  readonly logger: Logger;
  readonly waitUntil: WaitUntil | undefined;
  readonly listeners: { readonly [E in keyof ClientListeners]: Set<ClientListeners[E]> };
}

/** What stands for a handle's share in its core: it tells them apart, and keeps nobody alive. */
export interface Ticket {
  deref(): Share | undefined;
}
