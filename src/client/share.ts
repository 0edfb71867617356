import type { ClientStatus } from "./client-status.ts";
import type { Logger } from "../runtime/logger.ts";
import type { WaitUntil } from "../runtime/runtime.ts";

/** Told of the keys of flags whose outcome may differ from now on. */
export type UpdateListener = (keys: readonly string[]) => void;

/** Told of the client's new status. */
export type StatusListener = (status: ClientStatus) => void;

/** What one handle brings to the core it shares with others (contract §6), and takes along when it goes. */
export interface Share {
  readonly logger: Logger;
  readonly waitUntil: WaitUntil | undefined;
  readonly updateListeners: Set<UpdateListener>;
  readonly statusListeners: Set<StatusListener>;
}
