import { describe, expect, it } from "vitest";
import { PayloadError } from "../../../src/contract/payload-error.ts";
import { createOutageReporter, toFailure } from "../../../src/data-source/outage-reporter.ts";
import { FeatureflipError } from "../../../src/errors/featureflip-error.ts";
import { RequestError } from "../../../src/errors/request-error.ts";
import { MemorySink } from "../../support/memory-sink.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";

const down = new RequestError("GET /x answered 503");
const rejected = new RequestError("GET /x answered 401", { keyRejected: true });
const refused = new PayloadError("flags[0]", "must be an object");

function reporting() {
  const sink = new MemorySink();
  const logger = createRecordingLogger();
  return { sink, logger, reporter: createOutageReporter({ sink, logger }) };
}

describe("createOutageReporter()", () => {
  it("logs one line when an outage begins and one when it is over, and the rest at debug level", () => {
    const { sink, logger, reporter } = reporting();
    reporter.reportRecovery();
    reporter.reportFailure(down);
    reporter.reportFailure(down);
    reporter.reportRecovery();
    reporter.reportRecovery();
    reporter.reportFailure(down);
    const line = "warn: Flag updates failing, retrying: GET /x answered 503";
    expect(logger.lines).toEqual([line, "info: Flag updates resumed", line]);
    expect(sink.failures).toEqual([down, down, down]);
  });

  it("logs a rejected key and each refused payload once within an outage", () => {
    const { logger, reporter } = reporting();
    const other = new PayloadError("flags[1]", "must be an object");
    for (const failure of [down, rejected, rejected, refused, refused, other, down]) {
      reporter.reportFailure(failure);
    }
    expect(logger.lines).toEqual([
      "warn: Flag updates failing, retrying: GET /x answered 503",
      "error: Flag updates failing, retrying: GET /x answered 401",
      "warn: Flag updates failing, retrying: payload refused: flags[0] must be an object",
      "warn: Flag updates failing, retrying: payload refused: flags[1] must be an object",
    ]);
  });

  it("logs a rejected key and an outage apart from payloads whose paths are short (contract §1, §2.1)", () => {
    const { logger, reporter } = reporting();
    const nameless = new PayloadError("key", "must be a string, but is missing");
    const whole = new PayloadError("", "must be JSON");
    for (const failure of [nameless, rejected, down, whole]) reporter.reportFailure(failure);
    expect(logger.lines).toEqual([
      "warn: Flag updates failing, retrying: payload refused: key must be a string, but is missing",
      "error: Flag updates failing, retrying: GET /x answered 401",
      "warn: Flag updates failing, retrying: payload refused: the payload must be JSON",
    ]);
  });

  it("leaves a failed refresh() to its caller, but for the key and the payload", () => {
    const { sink, logger, reporter } = reporting();
    reporter.reportFailure(down, true);
    expect(sink.failures).toEqual([down]);
    reporter.reportFailure(rejected, true);
    reporter.reportFailure(refused, true);
    reporter.reportFailure(down);
    expect(logger.lines).toEqual([
      "error: refresh() failed: GET /x answered 401",
      "warn: refresh() failed: payload refused: flags[0] must be an object",
      "warn: Flag updates failing, retrying: GET /x answered 503",
    ]);
  });

  it("warns once of each oddity of a payload", () => {
    const { logger, reporter } = reporting();
    for (const message of ["odd", "odd", "odder"]) reporter.warn(message);
    expect(logger.lines).toEqual(["warn: odd", "warn: odder"]);
  });
});

describe("toFailure()", () => {
  it("keeps our own errors and describes every other", () => {
    const own = new FeatureflipError("REQUEST_FAILED", "own");
    expect(toFailure(own)).toBe(own);
    const broken = toFailure(new TypeError("terminated"));
    expect(broken).toBeInstanceOf(RequestError);
    expect(broken.message).toBe("The connection broke: terminated");
  });
});
