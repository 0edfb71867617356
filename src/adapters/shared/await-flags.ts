import { clientHandle } from "../../client/client-handle.ts";
import type { FeatureflipClient } from "../../client/client.ts";
import type { WaitUntil } from "../../runtime/runtime.ts";

/** What one request brings along. */
export interface RequestScope {
  /** How long it waits for flags at most, in ms. */
  readonly timeout: number;
  /** What keeps work alive behind its response, where the host gave it one. */
  readonly waitUntil: WaitUntil | undefined;
}

/**
 * Waits for flags as long as a request should: where a request is all there is this loads and refreshes them (contract
 * §6.1); elsewhere only what starts is waited for, and what has failed goes on trying behind everybody's back. Never
 * rejects: without flags there are the defaults.
 */
export async function awaitFlags(
  client: FeatureflipClient,
  { timeout, waitUntil }: RequestScope,
): Promise<void> {
  const { mode, state } = client.status;
  if (mode !== "lazy" && (state !== "NOT_READY" || mode === "manual")) return;
  try {
    await clientHandle(client).waitForInitialization({ timeout, waitUntil });
  } catch {
    // The client has told its logger.
  }
}
