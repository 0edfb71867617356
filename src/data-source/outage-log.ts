import { PayloadError } from "../contract/payload-error.ts";
import type { FeatureflipError } from "../errors/featureflip-error.ts";
import { HttpError } from "../http/http-error.ts";
import type { Logger } from "../runtime/logger.ts";
import type { DataSink } from "./data-source.ts";

/** Tells of failures: each to the sink, and to the log one line when an outage begins and one when it is over. */
export interface OutageLog {
  failed(error: FeatureflipError): void;
  recovered(): void;
}

/** Makes the log of one data source. */
export function createOutageLog(logger: Logger, sink: DataSink): OutageLog {
  /** What has been said in this outage; empty while there is none. */
  const said = new Set<string>();

  /** An outage is one story, but a rejected key and a rejected payload are news within it. */
  function isNews(error: FeatureflipError): boolean {
    return said.size === 0 || !said.has(topic(error));
  }

  return {
    failed(error) {
      sink.fail(error);
      const rejected = error instanceof HttpError && error.keyRejected;
      const refused = error instanceof PayloadError ? "what came is refused, since " : "";
      const line =
        `Flags are not kept current: ${refused}${error.message}. What is there is served meanwhile, and ` +
        `it is tried again ${rejected ? "from time to time" : "without end"}`;
      if (!isNews(error)) return logger.debug(line);
      said.add("").add(topic(error));
      if (rejected) logger.error(line);
      else logger.warn(line);
    },
    recovered() {
      if (said.size > 0) logger.info("Flags are kept current again");
      said.clear();
    },
  };
}

/** The empty one is said with the first line. */
function topic(error: FeatureflipError): string {
  if (error instanceof PayloadError) return error.path;
  return error instanceof HttpError && error.keyRejected ? "key" : "";
}
