import { log } from "./log.ts";
import type { Logger } from "./logger.ts";

/** A logger that passes all on to the caller's, once `edit` has had the last word, and never throws. */
export function guardLogger(logger: Logger, edit = (message: string): string => message): Logger {
  const say = (level: keyof Logger) => (message: string): void => log(logger, level, edit(message));
  return { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") };
}
