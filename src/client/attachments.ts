import { messageOf } from "../errors/format.ts";
import type { Detach } from "../runtime/async-context.ts";
import { callGuarded, createLogger, log } from "../runtime/logger.ts";
import type { Logger } from "../runtime/logger.ts";
import type { WaitUntil } from "../runtime/runtime.ts";
import type { ClientStatus } from "./options.ts";

/** Receives the keys of the flags whose outcome may differ from now on. */
export type UpdateListener = (keys: readonly string[]) => void;

/** Receives the client's new status. */
export type StatusListener = (status: ClientStatus) => void;

/** The events of {@linkcode FeatureflipClient.on}, and their listeners. */
export interface ClientListeners {
  /** The keys of flags whose outcome may differ, once per applied change; not for the first flags. */
  readonly update: UpdateListener;
  /** The client's status, whenever its state, its mode or its last error changes. */
  readonly status: StatusListener;
}

/** The resources that a handle lends to its core (contract §6). */
export interface Attachment {
  readonly logger: Logger;
  readonly waitUntil: WaitUntil | undefined;
  readonly listeners: { readonly [E in keyof ClientListeners]: Set<ClientListeners[E]> };
}

/** Identifies an attachment in its core, and does not keep it alive. */
export interface AttachmentRef {
  deref(): Attachment | undefined;
}

/**
 * The attachments of all live handles. They are held weakly where the runtime has `WeakRef`, so that a logger that refers
 * to its handle does not keep that handle, and with it the connection, alive (contract §6). A handle with listeners is in
 * use and is held strongly: the code that awaits an event may be reachable only through its listener.
 */
export class Attachments {
  readonly #refs = new Set<AttachmentRef>();
  readonly #withListeners = new Set<Attachment>();
  /** The one that was deleted last: its logger receives what is logged after all handles have gone. */
  #last: AttachmentRef | undefined;

  /** Writes to the logger of each handle, once to a logger that several handles share. */
  declare readonly logger: Logger;

  readonly #detach: Detach;

  /** A safety net for handles that are not closed: finalizers may never run, and some runtimes have none (contract §6). */
  readonly #collected: FinalizationRegistry<AttachmentRef> | undefined;

  /**
   * Creates an empty set.
   *
   * @param edit Changes each message before a logger receives it.
   * @param detach Calls the listeners.
   * @param onCollect Receives the reference of each attachment that was garbage-collected before it was deleted.
   */
  constructor(
    edit: (message: string) => string,
    detach: Detach,
    onCollect: (ref: AttachmentRef) => void,
  ) {
    this.#detach = detach;
    this.#collected = typeof FinalizationRegistry === "function"
      ? new FinalizationRegistry(onCollect)
      : undefined;
    this.logger = createLogger((level, message) => {
      const refs = this.size > 0 ? [...this.#refs] : [this.#last];
      for (const logger of new Set(refs.map((ref) => ref?.deref()?.logger))) {
        if (logger !== undefined) log(logger, level, edit(message));
      }
    });
  }

  /** The number of live handles. */
  get size(): number {
    return this.#refs.size;
  }

  /** Whether no handle is left: they have gone, or were garbage-collected. */
  get isEmpty(): boolean {
    return ![...this.#refs].some((ref) => ref.deref());
  }

  /** Adds an attachment; {@linkcode delete} takes the returned reference. */
  add(attachment: Attachment): AttachmentRef {
    const ref = typeof WeakRef === "function" ? new WeakRef(attachment) : { deref: () => attachment };
    this.#refs.add(ref);
    this.#collected?.register(attachment, ref, ref);
    return ref;
  }

  has(ref: AttachmentRef): boolean {
    return this.#refs.has(ref);
  }

  /** Removes an attachment; `false` when it was removed before. */
  delete(ref: AttachmentRef): boolean {
    this.#last = ref;
    this.#collected?.unregister(ref);
    return this.#refs.delete(ref);
  }

  /** Holds an attachment strongly while it has listeners, as an open `EventSource` is held. */
  listenersChanged(attachment: Attachment): void {
    const { update, status } = attachment.listeners;
    if (update.size + status.size > 0) this.#withListeners.add(attachment);
    else this.#withListeners.delete(attachment);
  }

  /** Calls each listener with what `read` returns, unless that is `undefined`. A listener that throws is logged. */
  notify<E extends keyof ClientListeners>(
    event: E,
    read: () => Parameters<ClientListeners[E]>[0] | undefined,
  ): void {
    // Reading may cost as much as decoding did, so it is done for listeners only.
    if (this.#withListeners.size === 0) return;
    const attachments = [...this.#withListeners].filter(({ listeners }) => listeners[event].size > 0);
    const argument = attachments.length > 0 ? read() : undefined;
    if (argument === undefined) return;
    this.#detach(() => {
      for (const attachment of attachments) callListeners(attachment, event, argument);
    });
  }
}

/** Calls the listeners of one attachment. A listener that throws is logged. */
export function callListeners<E extends keyof ClientListeners>(
  { listeners, logger }: Attachment,
  event: E,
  argument: Parameters<ClientListeners[E]>[0],
): void {
  for (const listener of [...listeners[event]] as ((argument: unknown) => void)[]) {
    callGuarded(
      () => listener(argument),
      (error) => logger.warn(`A listener failed: ${messageOf(error)}`),
    );
  }
}
