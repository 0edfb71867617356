import type { AnyProviderEvent, ErrorCode, EventContext } from "@openfeature/server-sdk";
import type { ClientStatus } from "../../client/status.ts";

/** An event of a provider, ready to be emitted. */
export interface ProviderEvent {
  readonly type: AnyProviderEvent;
  readonly details: EventContext;
}

/**
 * What OpenFeature is told when the client's state has changed.
 *
 * It asks a provider that is `PROVIDER_FATAL` no more. Where flags are loaded by those who ask, that would be for good: so
 * a rejected key is an error there like any other.
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

/** What OpenFeature is told when flags have changed. */
export function configurationChanged(keys: readonly string[]): ProviderEvent {
  return event("PROVIDER_CONFIGURATION_CHANGED", { flagsChanged: [...keys] });
}

/** Why `initialize()` failed, as OpenFeature tells an end from a setback. */
export function toInitializationFailure(error: unknown, { state, mode }: ClientStatus): unknown {
  if (state !== "FATAL" || mode === "lazy" || !(error instanceof Error)) return error;
  return Object.assign(new Error(error.message, { cause: error }), { code: FATAL });
}

const FATAL = "PROVIDER_FATAL" satisfies `${ErrorCode}`;

// Only the types of OpenFeature are imported, and its events are enums.
function event(type: `${AnyProviderEvent}`, details: Record<string, unknown>): ProviderEvent {
  return { type: type as AnyProviderEvent, details };
}
