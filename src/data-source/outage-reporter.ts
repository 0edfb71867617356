import { PayloadError } from "../contract/payload-error.ts";
import { FeatureflipError } from "../errors/featureflip-error.ts";
import { HttpError, isKeyRejected } from "../http/http-error.ts";
import { describeCause } from "../http/redact.ts";
import type { Warn } from "../runtime/logger.ts";
import { warnOnce } from "../runtime/once.ts";
import type { DataSourceContext } from "./create.ts";

/** What one data source has to say: every failure to the sink, what is news to the log. */
export interface SourceLog {
  /** Something odd about a payload that was accepted. */
  readonly warn: Warn;
  /**
   * Flags are not kept current: one line when such an outage begins, and one for what is news within it. Of a `refresh()`
   * the caller hears, but an operator has to read of a payload or a key that was refused all the same (contract §1, §2.1).
   */
  failed(error: FeatureflipError, isRefresh?: boolean): void;
  /** Flags are kept current: one line when an outage is over. */
  recovered(): void;
}

/** Makes the log of one data source. */
export function createSourceLog({ logger, sink }: Pick<DataSourceContext, "logger" | "sink">): SourceLog {
  /** What has been said in this outage; nothing while there is none. */
  const said = new Set<string>();
  return {
    warn: warnOnce((message) => logger.warn(message)),
    failed(error, isRefresh = false) {
      sink.fail(error);
      const isRejected = isKeyRejected(error);
      const isRefused = error instanceof PayloadError;
      // An outage is one story, but a rejected key and a rejected payload are news within it.
      const topic = isRefused ? error.path : isRejected ? "key" : "";
      if (isRefresh && !isRefused && !isRejected) return;
      const what = isRefresh ? "A refresh() failed" : "Flags are not kept current";
      const level = said.has(topic) ? "debug" : isRejected ? "error" : "warn";
      logger[level](`${what}: ${isRefused ? "what came is refused, since " : ""}${error.message}`);
      said.add(topic);
      if (!isRefresh) said.add("");
    },
    recovered() {
      if (said.size > 0) logger.info("Flags are kept current again");
      said.clear();
    },
  };
}

/** What was caught, as one of our errors: beside our own, only a broken body's error comes this way. */
export function asFailure(error: unknown): FeatureflipError {
  return error instanceof FeatureflipError
    ? error
    : new HttpError(`The connection broke: ${describeCause(error)}`);
}
