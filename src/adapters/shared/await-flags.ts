import type { FeatureflipClientLike } from "../../client/client.ts";
import { clientHandle } from "../../client/internals.ts";
import type { WaitUntil } from "../../runtime/runtime.ts";

/** The scope of one request. */
export interface RequestScope {
  /** The longest wait for flags, in ms. */
  readonly timeout: number;
  /** Keeps work alive after the response, where the host offers it. */
  readonly waitUntil: WaitUntil | undefined;
}

/**
 * Waits for the flags of one request. On request-scoped runtimes (Workers, Vercel Edge) this loads and refreshes them
 * (contract §6.1). Elsewhere it only waits for a client that is still starting; one that failed retries in the background.
 * Never rejects: without flags, evaluations return their defaults.
 */
export async function awaitFlags(
  client: Pick<FeatureflipClientLike, "status">,
  { timeout, waitUntil }: RequestScope,
): Promise<void> {
  const { mode, state } = client.status;
  if (mode !== "lazy" && (state !== "NOT_READY" || mode === "manual")) return;
  try {
    await clientHandle(client).waitForInitialization({ timeout }, waitUntil);
  } catch {
    // The client has logged it.
  }
}
