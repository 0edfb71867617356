/**
 * Where the client says what an operator should know. `console`, pino and consola fit as they are: a method is
 * called on its logger, with one text that is no format. The SDK key is never part of it.
 */
export interface Logger {
  /** For those who look into the client's inner workings. */
  debug(message: string): void;
  /** Worth knowing, nothing to do. */
  info(message: string): void;
  /** Something was refused, dropped or will be tried again. */
  warn(message: string): void;
  /** Somebody has to act: the SDK key was rejected. */
  error(message: string): void;
}

const PREFIX = "[featureflip]";

/** The logger of those who hand in none: the console, without what only the curious want to read. */
export const consoleLogger: Logger = {
  debug: () => {},
  info: (message) => console.info(PREFIX, message),
  warn: (message) => console.warn(PREFIX, message),
  error: (message) => console.error(PREFIX, message),
};

/** Whether a value has what a logger needs. */
export function isLogger(value: unknown): value is Logger {
  return typeof value === "object" && value !== null &&
    ["debug", "info", "warn", "error"].every((level) => typeof Reflect.get(value, level) === "function");
}

/** Tells a caller's logger something. One that throws must not take an evaluation or an update down with it. */
export function log(logger: Logger, level: keyof Logger, message: string): void {
  try {
    logger[level](message);
  } catch {
    // There is nobody else to tell.
  }
}

/**
 * Calls a function of the caller's, at once. `failed` is told when it throws, or when a promise that it returns is rejected;
 * what fails there is lost. Never throws.
 */
export function callGuarded(call: () => unknown, failed: (error: unknown) => void): void {
  (async () => {
    try {
      await call();
    } catch (error) {
      failed(error);
    }
  })().catch(() => {});
}

/** A logger that passes all on to the caller's, once `edit` has had the last word, and never throws. */
export function guardLogger(logger: Logger, edit = (message: string): string => message): Logger {
  const say = (level: keyof Logger) => (message: string): void => log(logger, level, edit(message));
  return { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") };
}
