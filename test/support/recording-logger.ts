import type { Logger } from "../../src/runtime/logger.ts";

/** A logger that keeps its lines. */
export interface RecordingLogger extends Logger {
  /** `"warn: …"` and so on, in order; `debug` is left out. */
  readonly lines: string[];
}

/** Creates a logger that keeps its lines. */
export function createRecordingLogger(): RecordingLogger {
  const lines: string[] = [];
  return {
    lines,
    debug() {},
    info: (message) => void lines.push(`info: ${message}`),
    warn: (message) => void lines.push(`warn: ${message}`),
    error: (message) => void lines.push(`error: ${message}`),
  };
}
