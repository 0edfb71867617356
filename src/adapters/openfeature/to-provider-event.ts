import type { AnyProviderEvent, ErrorCode, EventContext } from "@openfeature/server-sdk";
import type { ClientStatus } from "../../client/status.ts";

/** An event of a provider, ready to be emitted. */
export interface ProviderEvent {
  readonly type: AnyProviderEvent;
  readonly details: EventContext;
}

/**
 * Converts a new state of the client to OpenFeature's event.
 *
 * OpenFeature stops calling a provider that is `PROVIDER_FATAL`. In lazy mode only evaluations load flags, so it could never
 * recover; there, a rejected key is an ordinary error.
 */
export function toProviderEvent({ state, mode, lastError }: ClientStatus): ProviderEvent {
  const message = lastError === undefined ? undefined : { message: lastError.message };
  switch (state) {
    case "READY":
      return event("PROVIDER_READY", {});
    case "STALE":
      return event("PROVIDER_STALE", { ...message });
    case "FATAL":
      return event("PROVIDER_ERROR", { ...message, ...(mode !== "lazy" && { errorCode: FATAL }) });
    default:
      return event("PROVIDER_ERROR", { ...message });
  }
}

/** OpenFeature's event for changed flags. */
export function configurationChanged(keys: readonly string[]): ProviderEvent {
  return event("PROVIDER_CONFIGURATION_CHANGED", { flagsChanged: [...keys] });
}

/** The error of a failed `initialize()`; `PROVIDER_FATAL` tells OpenFeature that retrying is useless. */
export function toInitializationFailure(error: unknown, { state, mode }: ClientStatus): unknown {
  if (state !== "FATAL" || mode === "lazy" || !(error instanceof Error)) return error;
  return Object.assign(new Error(error.message, { cause: error }), { code: FATAL });
}

const FATAL = "PROVIDER_FATAL" satisfies `${ErrorCode}`;

// Only the types of OpenFeature are imported, and its events are enums.
function event(type: `${AnyProviderEvent}`, details: Record<string, unknown>): ProviderEvent {
  return { type: type as AnyProviderEvent, details };
}
