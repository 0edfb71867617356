import type { Warn } from "../contract/decode.ts";
import { PayloadError } from "../contract/payload-error.ts";
import type { FeatureflipError } from "../errors/featureflip-error.ts";
import { isKeyRejected } from "../http/http-error.ts";
import type { DataSourceContext } from "./create-data-source.ts";
import { warnOnce } from "./warn-once.ts";

/** What one data source has to say: every failure to the sink, what is news to the log. */
export interface SourceLog {
  /** Something odd about a payload that was accepted. */
  readonly warn: Warn;
  /** Flags are not kept current: one line when such an outage begins, and one for what is news within it. */
  failed(error: FeatureflipError): void;
  /**
   * A `refresh()` failed. Its caller hears of it, but an operator has to read of a payload or a key that was refused all
   * the same, once (contract §1, §2.1).
   */
  refreshFailed(error: FeatureflipError): void;
  /** Flags are kept current: one line when an outage is over. */
  recovered(): void;
}

/** Makes the log of one data source. */
export function createSourceLog({ logger, sink }: Pick<DataSourceContext, "logger" | "sink">): SourceLog {
  const warn = warnOnce((message) => logger.warn(message));
  const complain = warnOnce((message) => logger.error(message));
  /** What has been said in this outage; nothing while there is none. */
  const said = new Set<string>();
  return {
    warn,
    failed(error) {
      sink.fail(error);
      const isRejected = isKeyRejected(error);
      // An outage is one story, but a rejected key and a rejected payload are news within it.
      const topic = error instanceof PayloadError ? error.path : isRejected ? "key" : "";
      const level = said.has(topic) ? "debug" : isRejected ? "error" : "warn";
      said.add("").add(topic);
      logger[level](
        `Flags are not kept current: ${
          describe(error)
        }. What is there is served meanwhile, and it is tried again`,
      );
    },
    refreshFailed(error) {
      sink.fail(error);
      const line = `A refresh() failed: ${describe(error)}`;
      if (isKeyRejected(error)) complain(line);
      else if (error instanceof PayloadError) warn(line);
    },
    recovered() {
      if (said.size > 0) logger.info("Flags are kept current again");
      said.clear();
    },
  };
}

function describe(error: FeatureflipError): string {
  return error instanceof PayloadError ? `what came is refused, since ${error.message}` : error.message;
}
