import { log } from "../client/log.ts";
import type { Logger } from "../runtime/logger.ts";

/** A logger that passes all on to the caller's, and never throws. */
export function guardLogger(logger: Logger): Logger {
  const say = (level: keyof Logger) => (message: string): void => log(logger, level, message);
  return { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") };
}
