import { PayloadError } from "../contract/payload-error.ts";
import { FeatureflipError } from "../errors/featureflip-error.ts";
import { isKeyRejected, RequestError } from "../errors/request-error.ts";
import { describeCause } from "../http/redact.ts";
import type { Warn } from "../runtime/logger.ts";
import { warnOnce } from "../runtime/once.ts";
import type { DataSourceContext } from "./data-source.ts";

/**
 * Reports the failures of one data source: all of them to the sink, where they become the status's last error, and to the
 * log the ones that are new.
 */
export interface OutageReporter {
  /** Logs a problem of a payload that was accepted, once. */
  readonly warn: Warn;
  /**
   * Reports a failed update: one line when an outage begins, and one for each new reason within it.
   *
   * @param isRefresh Whether a caller of `refresh()` receives the error. An operator has to read of a refused payload or
   * a rejected key all the same (contract §1, §2.1).
   */
  reportFailure(error: FeatureflipError, isRefresh?: boolean): void;
  /** Reports that flags are current: one line when an outage is over. */
  reportRecovery(): void;
}

/** The topics of an outage, besides the paths of refused payloads: none of them is spelled like a path. */
const REJECTED_KEY = "401";
const OUTAGE = "outage";

function topicOf(error: FeatureflipError): string {
  if (error instanceof PayloadError) return error.path;
  if (isKeyRejected(error)) return REJECTED_KEY;
  return error instanceof RequestError && error.status === 429 ? "429" : OUTAGE;
}

/** Creates the reporter of one data source. */
export function createOutageReporter(
  { logger, sink }: Pick<DataSourceContext, "logger" | "sink">,
): OutageReporter {
  /** The topics logged in this outage; empty while there is none. */
  const logged = new Set<string>();
  return {
    warn: warnOnce((message) => logger.warn(message)),
    reportFailure(error, isRefresh = false) {
      sink.fail(error);
      const topic = topicOf(error);
      const isRejected = topic === REJECTED_KEY;
      const isRefused = error instanceof PayloadError;
      if (isRefresh && !isRefused && !isRejected) return;
      const what = isRefresh ? "refresh() failed" : "Flag updates failing, retrying";
      const level = logged.has(topic) ? "debug" : isRejected ? "error" : "warn";
      logger[level](`${what}: ${isRefused ? "payload refused: " : ""}${error.message}`);
      logged.add(topic);
      if (!isRefresh) logged.add(OUTAGE);
    },
    reportRecovery() {
      if (logged.size > 0) logger.info("Flag updates resumed");
      logged.clear();
    },
  };
}

/** A caught value as one of our errors. Those of other kinds come from a body that broke. */
export function toFailure(error: unknown): FeatureflipError {
  return error instanceof FeatureflipError
    ? error
    : new RequestError(`The connection broke: ${describeCause(error)}`);
}
