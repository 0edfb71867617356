import type { ErrorCode } from "../../errors/featureflip-error.ts";

/** Error codes of OpenFeature, which OpenTelemetry writes in lower case. */
export type StandardErrorCode = "PROVIDER_NOT_READY" | "TYPE_MISMATCH" | "PARSE_ERROR" | "GENERAL";

const CODES: Partial<Record<ErrorCode, StandardErrorCode>> = {
  CLIENT_NOT_READY: "PROVIDER_NOT_READY",
  CLIENT_CLOSED: "PROVIDER_NOT_READY",
  TYPE_MISMATCH: "TYPE_MISMATCH",
  // A flag that names what it does not have, or waits for itself: its configuration makes no sense.
  VARIATION_NOT_FOUND: "PARSE_ERROR",
  PREREQUISITE_DEPTH: "PARSE_ERROR",
};

/** What OpenFeature and OpenTelemetry call one of our errors. */
export function toStandardErrorCode(code: ErrorCode): StandardErrorCode {
  return CODES[code] ?? "GENERAL";
}
