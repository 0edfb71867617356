import { PayloadError } from "../contract/payload-error.ts";
import { redact } from "./redact.ts";

/** Shorter keys are no secrets, and blacking them out would make a riddle of every line. */
const SHORTEST_SECRET = 8;

/** Text on one line, without the SDK key: a server may put anything into a payload, which then is quoted (contract §1). */
export function redactKey(text: string, sdkKey: string): string {
  return sdkKey.length < SHORTEST_SECRET ? text : redact(text, sdkKey);
}

/** An error without the SDK key in what it quotes. */
export function withoutKey<E>(error: E, sdkKey: string): E | PayloadError {
  return error instanceof PayloadError
    ? new PayloadError(error.path, redactKey(error.problem, sdkKey))
    : error;
}
