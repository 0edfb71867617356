import type { ErrorCode } from "../../errors/featureflip-error.ts";

/** Error codes of OpenFeature, which OpenTelemetry writes in lower case. */
export type StandardErrorCode = "PROVIDER_NOT_READY" | "TYPE_MISMATCH" | "PARSE_ERROR" | "GENERAL";

const CODES: Partial<Record<ErrorCode, StandardErrorCode>> = {
  CLIENT_NOT_READY: "PROVIDER_NOT_READY",
  CLIENT_CLOSED: "PROVIDER_NOT_READY",
  TYPE_MISMATCH: "TYPE_MISMATCH",
  // The flag's configuration is invalid: it serves a variation it lacks, or its prerequisites form a cycle.
  VARIATION_NOT_FOUND: "PARSE_ERROR",
  PREREQUISITE_DEPTH: "PARSE_ERROR",
};

/** Converts an error code to the one that OpenFeature and OpenTelemetry use. */
export function toStandardErrorCode(code: ErrorCode): StandardErrorCode {
  return CODES[code] ?? "GENERAL";
}
