// The schemas of the protocol (service/openapi.yaml, 0.3.0), as checks. Each throws at the first violation.
import { ok, strictEqual } from "node:assert/strict";

const REASONS = ["STATIC", "TARGETING_MATCH", "SPLIT", "DISABLED", "UNKNOWN"];
const FAILURES = ["PARSE_ERROR", "TARGETING_KEY_MISSING", "INVALID_CONTEXT", "GENERAL"];

function checkMetadata(metadata) {
  if (metadata === undefined) return;
  for (const value of Object.values(metadata)) ok(["boolean", "string", "number"].includes(typeof value));
}

function checkNames(object, names) {
  for (const name of Object.keys(object)) ok(names.includes(name), `${name} is not in the schema`);
}

/** `evaluationSuccess` or `evaluationFailure`. */
export function checkEvaluation(result) {
  strictEqual(typeof result.key, "string");
  checkMetadata(result.metadata);
  if ("errorCode" in result) {
    checkNames(result, ["key", "errorCode", "errorDetails", "metadata"]);
    ok(FAILURES.includes(result.errorCode), result.errorCode);
    return;
  }
  checkNames(result, ["key", "value", "reason", "variant", "metadata"]);
  ok(REASONS.includes(result.reason), result.reason);
  if ("variant" in result) strictEqual(typeof result.variant, "string");
  if ("value" in result) ok(["boolean", "string", "number", "object"].includes(typeof result.value));
  ok(result.value !== null);
}

/** `flagNotFound`. */
export function checkNotFound(result) {
  checkNames(result, ["key", "errorCode", "errorDetails", "metadata"]);
  strictEqual(typeof result.key, "string");
  strictEqual(result.errorCode, "FLAG_NOT_FOUND");
}

/** `bulkEvaluationSuccess`. */
export function checkBulk(result) {
  checkNames(result, ["flags", "metadata", "eventStreams"]);
  ok(Array.isArray(result.flags));
  for (const flag of result.flags) checkEvaluation(flag);
  checkMetadata(result.metadata);
  for (const stream of result.eventStreams ?? []) {
    checkNames(stream, ["type", "url", "inactivityDelaySec"]);
    strictEqual(stream.type, "sse");
    ok(URL.canParse(stream.url));
    ok(Number.isInteger(stream.inactivityDelaySec) && stream.inactivityDelaySec >= 1);
  }
}

/** `bulkEvaluationFailure`. */
export function checkBulkFailure(result) {
  checkNames(result, ["errorCode", "errorDetails"]);
  strictEqual(typeof result.errorCode, "string");
}
