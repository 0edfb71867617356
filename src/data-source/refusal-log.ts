import { PayloadError } from "../contract/payload-error.ts";
import type { FeatureflipError } from "../errors/featureflip-error.ts";
import { HttpError } from "../http/http-error.ts";
import type { Logger } from "../runtime/logger.ts";
import { warnOnce } from "./warn-once.ts";

/**
 * Makes what tells of a `refresh()` that failed. Its caller hears of every failure, but an operator has to read of a
 * payload or a key that was refused all the same, once (contract §1, §2.1).
 */
export function createRefusalLog(logger: Logger): (error: FeatureflipError) => void {
  const warn = warnOnce(logger);
  let saidRejected = false;
  return (error) => {
    if (error instanceof PayloadError) warn(`What came is refused, since ${error.message}`);
    else if (error instanceof HttpError && error.keyRejected && !saidRejected) {
      saidRejected = true;
      logger.error(error.message);
    }
  };
}
