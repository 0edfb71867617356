import type { Logger } from "./logger.ts";

const PREFIX = "[featureflip]";

/** The logger of those who hand in none: the console, without what only the curious want to read. */
export const consoleLogger: Logger = {
  debug: () => {},
  info: (message) => console.info(PREFIX, message),
  warn: (message) => console.warn(PREFIX, message),
  error: (message) => console.error(PREFIX, message),
};
