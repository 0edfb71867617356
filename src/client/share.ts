import type { ClientStatus } from "./status.ts";
import type { Logger } from "../runtime/logger.ts";
import type { WaitUntil } from "../runtime/runtime.ts";

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
