import { describe, expect, it } from "vitest";
import * as limits from "../../../src/contract/limits.ts";

describe("limits", () => {
  it("are the contract's numbers (contract §1 to §8)", () => {
    expect(limits).toMatchObject({
      CONNECT_TIMEOUT_MS: 5_000,
      READ_TIMEOUT_MS: 10_000,
      MAX_SNAPSHOT_BYTES: 33_554_432,
      MAX_ERROR_BYTES: 65_536,
      MAX_SERVER_TEXT_LENGTH: 200,
      MAX_SERVER_DELAY_MS: 600_000,
      MAX_NESTING: 100,
      MAX_PREREQUISITE_DEPTH: 10,
      LIVENESS_MS: 90_000,
      MAX_BACKOFF_MS: 30_000,
      MAX_POLL_WAIT_MS: 300_000,
      MAX_WAITING_EVENTS: 10_000,
      MAX_WAITING_BYTES: 8_388_608,
      MAX_METADATA_BYTES: 16_384,
      FLUSH_TIMEOUT_MS: 10_000,
      CLOSE_TIMEOUT_MS: 5_000,
      REQUEST_DEADLINE_MS: 3_000,
      MAX_LOCK_MS: 60_000,
    });
  });

  it("bound instants to the years 1 to 9999 (contract §3.5)", () => {
    expect(new Date(limits.EARLIEST_INSTANT_MS).toISOString()).toBe("0001-01-01T00:00:00.000Z");
    expect(new Date(limits.LATEST_INSTANT_MS).toISOString()).toBe("9999-12-31T23:59:59.999Z");
  });
});
