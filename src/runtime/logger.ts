import { printable } from "../errors/format.ts";

/**
 * Receives the client's log messages. `console`, pino and consola fit as they are: the client calls a method on its
 * logger with one text, which is not a format string. The text never contains the SDK key. A minor
 * version only adds optional members.
 */
export interface Logger {
  /** Details of the client's work, for debugging. */
  debug(message: string): void;
  /** Normal events that an operator may want to know; nothing to do. */
  info(message: string): void;
  /** Something was refused, was dropped, or will be retried. */
  warn(message: string): void;
  /** An operator has to act: the SDK key was rejected. */
  error(message: string): void;
}

/** Whether a value has the four methods of a logger. */
export function isLogger(value: unknown): value is Logger {
  if (typeof value !== "object" || value === null) return false;
  // Not by `every`, nor below by `map`: engines compile what they have built in when it is first used (bench: cold-start).
  for (const level of ["debug", "info", "warn", "error"]) {
    if (typeof Reflect.get(value, level) !== "function") return false;
  }
  return true;
}

/** Receives a warning for the log. */
export type Warn = (message: string) => void;

/** Creates a logger from one function, which receives the level and the text of each message. */
export function createLogger(write: (level: keyof Logger, message: string) => void): Logger {
  return {
    debug: (message) => write("debug", message),
    info: (message) => write("info", message),
    warn: (message) => write("warn", message),
    error: (message) => write("error", message),
  };
}

/** What messages on the console begin with. */
export const PREFIX = "[featureflip]";

/** The default logger: the console, without debug messages. */
export const consoleLogger: Logger = /* @__PURE__ */ createLogger((level, message) => {
  if (level !== "debug") console[level](PREFIX, message);
});

/** Passes a message to the caller's logger, its control characters escaped. A logger that throws must not break an evaluation or an update. */
export function log(logger: Logger, level: keyof Logger, message: string): void {
  try {
    logger[level](printable(message));
  } catch {
    // There is no other place to report it.
  }
}

/** Creates a logger that passes each message through `edit` to the caller's logger, and never throws. */
export function guardLogger(logger: Logger, edit = (message: string): string => message): Logger {
  return createLogger((level, message) => log(logger, level, edit(message)));
}

/**
 * Calls a function of the caller's synchronously. `onError` receives what it throws, or the reason for which a promise
 * that it returns is rejected; errors of `onError` are ignored. Never throws.
 */
export function callGuarded(call: () => unknown, onError: (error: unknown) => void): void {
  (async () => {
    try {
      await call();
    } catch (error) {
      onError(error);
    }
  })().catch(() => {});
}
