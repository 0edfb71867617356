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
