import { describe, expect, it } from "vitest";
import { toStandardErrorCode } from "../../../../src/adapters/shared/error-code.ts";
import type { ErrorCode } from "../../../../src/errors/featureflip-error.ts";

describe("toStandardErrorCode()", () => {
  it.each<[ErrorCode, string]>([
    ["CLIENT_NOT_READY", "PROVIDER_NOT_READY"],
    ["CLIENT_CLOSED", "PROVIDER_NOT_READY"],
    ["TYPE_MISMATCH", "TYPE_MISMATCH"],
    ["VARIATION_NOT_FOUND", "PARSE_ERROR"],
    ["PREREQUISITE_DEPTH", "PARSE_ERROR"],
    ["EVALUATION_FAILED", "GENERAL"],
    ["STORE_FAILED", "GENERAL"],
  ])("converts %s to %s", (code, standard) => {
    expect(toStandardErrorCode(code)).toBe(standard);
  });
});
